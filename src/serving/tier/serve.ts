// The loop of a tier: receive from the back, answer (answer.ts), reply in the form that was asked, and
// only then let the request be committed. A bad request is an error reply and a dead letter, never
// the end of the tier.
import type { FeatureCodec } from '../../domain/feature-codec.ts'
import type { Orientation } from '../../domain/orientation.ts'
import { probeScopes } from '../../domain/probe.ts'
import type { Reply } from '../../domain/reply.ts'
import { answerOf, isFallback } from '../../domain/reply.ts'
import { ReplyError, toDdnnError, type DdnnError } from '../../errors.ts'
import type { ImageDecoder } from '../../input/input.ts'
import type { Logger } from '../../telemetry/log.ts'
import type { Outcome, TierMeter } from '../../telemetry/metrics/tier-meter.ts'
import { answerAttributes } from '../../domain/reply-attributes.ts'
import { partsOfTrace } from '../../domain/trace.ts'
import type { Span, Tracing } from '../../telemetry/tracing/tracing.ts'
import { processAttributes } from '../../telemetry/tracing/message-attributes.ts'
import type { IncomingRequest } from '../transport/transport.ts'
import type { Wire } from '../wire/wire.ts'
import type { Admission, Turn } from './admission.ts'
import type { Answer } from './answer.ts'
import { openRequest, type OpenedRequest } from './open-request.ts'
import { probeReply } from './probe.ts'
import type { Served } from './served-models.ts'

export interface ServeOptions {
  readonly name: string
  /** Version of ddnn, for who asks. */
  readonly version: string
  readonly answer: Answer
  /** Who begins when, and who is refused: the back link hands over more than runs at once. */
  readonly admission: Admission
  readonly served: Served
  /** How features travel on; as the manifest says where undefined. */
  readonly featureCodec?: FeatureCodec | undefined
  /** What the tier in front says of itself and of those in front of it; undefined where there is none that can. */
  readonly askFront?: ((budgetMs: number) => Promise<Reply>) | undefined
  /** Throws DDNN_FRAME_VERSION for a request of another version, of which nothing else is read. */
  readonly wireOf: (value: Uint8Array, wireVersion: string | undefined) => Wire
  /** Answers what no wire reads, and probes. */
  readonly ownWire: Wire
  readonly decoder: ImageDecoder
  /** The user's word on photos that are stored turned, as the decoder has it; for who asks. */
  readonly orientation?: Orientation | undefined
  /** Budget of requests that name none, milliseconds. */
  readonly timeoutMs: number
  /** Told of every answered request and its value, for the tier's own CSV and its page. */
  readonly onReply?: (correlationId: string, reply: Reply, value: Uint8Array) => void
  readonly meter: TierMeter
  readonly tracing: Tracing
  readonly log: Logger
}

/** Handles requests from now on; the returned handler is what `BackLink.open` takes. */
export function createRequestHandler(
  options: ServeOptions,
): (request: IncomingRequest) => Promise<void> {
  return async (request) => {
    if (request.isProbe) return answerProbe(options, request)
    const end = options.meter.begin()
    const { origin, trace } = request
    const span = options.tracing.begin(`process ${origin.topic}`, 'consumer', trace, () => ({
      ...processAttributes(request),
      'ddnn.tier': options.name,
    }))
    try {
      await handle(options, request, performance.now(), span)
      span.end()
    } catch (thrown) {
      span.end(String(thrown))
      throw thrown
    } finally {
      end()
    }
  }
}

async function answerProbe(options: ServeOptions, request: IncomingRequest): Promise<void> {
  const { name, version, meter, ownWire, featureCodec: codec } = options
  const budgetMs = budgetOf(options, request, ownWire)
  if (budgetMs <= 0) return
  // The last byte of the value is the tensor's only one.
  const scope = request.value.at(-1)
  const isOfChain = scope === probeScopes.chain
  // Half of the time: what the front does not tell by then is not known.
  const next = isOfChain ? await options.askFront?.(budgetMs / 2).catch(() => undefined) : undefined
  const [models] = options.served()
  const { orientation } = options
  const hasCalibration = scope === probeScopes.calibration
  const self = { name, version, models, codec, orientation, life: meter.life(), hasCalibration }
  const about = probeReply({ ...self, next })
  await sendReply(options, request, ownWire, about)
  meter.ended('probe')
}

async function handle(
  options: ServeOptions,
  request: IncomingRequest,
  startedAt: number,
  span: Span,
): Promise<void> {
  const { name, meter } = options
  // Only a frame can be of another version, so a frame is what refuses it.
  let wire = options.ownWire
  let reply: Reply
  let turn: Turn | undefined
  let opened: OpenedRequest | undefined
  try {
    const asked = options.wireOf(request.value, request.wireVersion)
    wire = asked
    const budgetMs = budgetOf(options, request, asked)
    const leftMs = () => budgetMs - (performance.now() - startedAt)
    // Its asker gave up already: an answer would only be counted as late there.
    if (budgetMs <= 0) throw lateError(name)
    turn = options.admission.enter(request.clientId, asked.carriesBudget ? budgetMs : Infinity)
    if (turn === undefined) throw overloadedError(name, budgetMs)
    await turn.begun
    if (asked.carriesBudget && leftMs() <= 0) throw lateError(name)
    const openedAt = performance.now()
    opened = await openRequest(options, asked, request.value)
    const openedInMs = performance.now() - openedAt
    meter.spent('decode', openedInMs)
    const { codec } = opened
    span.measured('decode', openedAt, openedAt + openedInMs, () => ({ 'ddnn.codec': codec }))
    meter.moved('received', opened.codec, request.value.byteLength)
    const onComputed = () => turn?.computed()
    reply = await options.answer(opened.models, opened.write, {
      budgetMs: leftMs(),
      expires: asked.carriesBudget,
      clientId: request.clientId,
      span,
      thresholds: opened.thresholds,
      memory: opened.memory,
      onComputed,
    })
    meter.ended(outcomeOf(reply))
  } catch (thrown) {
    const error = toDdnnError(thrown)
    span.add(() => ({ 'error.type': error.code }))
    if (error.code === 'DDNN_REPLY_TIMEOUT') {
      meter.ended('late')
      return
    }
    // The request is not at fault, so nothing is put aside; its asker falls back at once.
    if (error.code === 'DDNN_OVERLOADED') {
      meter.ended('overloaded')
      reply = problemReply(options, error)
    } else reply = await putAside(options, request, error)
  } finally {
    turn?.end()
    opened?.letGo()
  }
  const replyStart = performance.now()
  // Totals in the reply and in the CSV count from receipt, decoding included.
  reply = { ...reply, totalMs: replyStart - startedAt }
  await sendReply(options, request, wire, reply)
  const endedAt = performance.now()
  meter.spent('reply', endedAt - replyStart)
  span.measured('reply', replyStart, endedAt)
  const answered = reply
  span.add(() => answerAttributes(answered))
  if (options.log.isLevelEnabled('debug')) {
    options.log.debug(factsOf(request, span, reply), 'a request was answered')
  }
  tell(options, request, reply)
}

/** What a request came to, in a line of the log. */
function factsOf(request: IncomingRequest, span: Span, reply: Reply): object {
  const answer = answerOf(reply)
  return {
    correlationId: request.correlationId,
    traceId: partsOfTrace(span.trace)?.traceId,
    exit: answer?.result.exit,
    confidence: answer?.result.confidence,
    fallback: isFallback(reply),
    problem: reply.problem?.code,
    ms: Math.round(reply.totalMs * 10) / 10,
  }
}

/** A reply that cannot travel as it is (too large for its topic) becomes a short error reply. */
async function sendReply(
  options: ServeOptions,
  request: IncomingRequest,
  wire: Wire,
  reply: Reply,
): Promise<void> {
  try {
    const value = wire.encodeReply(reply)
    await request.reply(value)
    options.meter.moved('replied', wire.form, value.byteLength)
  } catch (thrown) {
    const error = toDdnnError(thrown)
    if (error.retriable || error.code === 'DDNN_TRANSPORT_CLOSED') throw thrown
    options.log.error({ code: error.code, origin: request.origin }, `no reply: ${error.message}`)
    const problem = { code: error.code, message: error.message }
    const short = { ...reply, result: undefined, next: undefined, problem }
    await request.reply(wire.encodeReply(short))
  }
}

/** Who asks in a form that carries no budget (an original device) waits for ever: that is never late. */
function budgetOf(options: ServeOptions, request: IncomingRequest, wire: Wire): number {
  const named = wire.carriesBudget ? request.budgetMs : undefined
  return named === undefined ? options.timeoutMs : named - request.ageMs
}

function outcomeOf(reply: Reply): Outcome {
  if (answerOf(reply) === undefined) return 'error'
  if (isFallback(reply)) return 'fallback'
  return reply.next === undefined ? 'exit' : 'offload'
}

/** An error reply and a dead letter; engine faults are ours, so those are not the request's. */
async function putAside(
  options: ServeOptions,
  request: IncomingRequest,
  error: DdnnError,
): Promise<Reply> {
  options.meter.ended('error')
  if (error.code === 'DDNN_MODEL_MISMATCH') options.meter.mismatched()
  const context = { code: error.code, origin: request.origin }
  if (error.code === 'DDNN_INTERNAL' || error.code === 'DDNN_ENGINE_FAILED') {
    options.log.error({ ...context, err: error }, 'request failed')
  } else {
    options.log.warn(context, `request put aside: ${error.message}`)
  }
  // A device with other labels is told and stops; its images are not at fault.
  if (error.code !== 'DDNN_LABELS_MISMATCH') {
    await deadLetter(options, request, error)
  }
  return problemReply(options, error)
}

function problemReply(options: ServeOptions, { code, message }: DdnnError): Reply {
  return {
    tier: options.name,
    result: undefined,
    computeMs: 0,
    totalMs: 0,
    fallback: false,
    labelsHash: options.served()[0].labelsHash,
    problem: { code, message },
    next: undefined,
  }
}

function lateError(name: string): DdnnError {
  return new ReplyError('DDNN_REPLY_TIMEOUT', `Expected '${name}' to begin within the budget`)
}

function overloadedError(name: string, budgetMs: number): DdnnError {
  return new ReplyError(
    'DDNN_OVERLOADED',
    `Expected '${name}' to have time for a request within ${Math.round(budgetMs)} ms, too many wait before it`,
    {
      retriable: true,
      hint: 'Run more replicas of this tier, or give its askers a longer --timeout-ms',
    },
  )
}

/** A broker that takes no dead letter must not keep the asker from its error reply. */
async function deadLetter(
  options: ServeOptions,
  request: IncomingRequest,
  { code, message }: DdnnError,
): Promise<void> {
  try {
    await request.putAside({ code, message })
  } catch (thrown) {
    const error = toDdnnError(thrown)
    if (error.retriable || error.code === 'DDNN_TRANSPORT_CLOSED') throw thrown
    const { origin } = request
    options.log.error({ code: error.code, origin }, `no dead letter: ${error.message}`)
  }
}

/** The request is answered: what its row meets is no reason to answer it again. */
function tell(options: ServeOptions, request: IncomingRequest, reply: Reply): void {
  try {
    options.onReply?.(request.correlationId ?? originOf(request), reply, request.value)
  } catch (thrown) {
    options.log.error({ err: toDdnnError(thrown), origin: request.origin }, 'no row for a reply')
  }
}

function originOf(request: IncomingRequest): string {
  const { topic, partition, offset } = request.origin
  return `${topic}/${partition}/${offset}`
}
