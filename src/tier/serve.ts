// The loop of a tier: receive from the back, answer (answer.ts), reply in the form that was asked, and
// only then let the request be committed. A bad request is an error reply and a dead letter, never
// the end of the tier.
import { parseBudgetMs } from '../domain/budget.ts'
import { scaledTo, widen } from '../domain/widen.ts'
import { describeShape, isSameShape, sizeOf } from '../domain/tensor.ts'
import type { Reply } from '../domain/reply.ts'
import { isFallback } from '../domain/reply.ts'
import type { Stage, WriteSample } from '../engine/engine.ts'
import { FrameError, ModelError, toDdnnError, type DdnnError } from '../errors.ts'
import type { ImageDecoder } from '../input/input.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { BackLink, Headers, IncomingRequest } from '../transport/transport.ts'
import type { DecodedRequest, Wire, WireForm } from '../wire/wire.ts'
import type { Answer, AnswerCall } from './answer.ts'
import { isProbe, probeReply } from './probe.ts'

export interface ServeOptions {
  readonly name: string
  /** Version of ddnn, for who asks. */
  readonly version: string
  readonly back: BackLink
  readonly answer: Answer
  /** The submodels in order; the first one's input is what a request must carry. */
  readonly stages: readonly Stage[]
  readonly wires: Readonly<Record<WireForm, Wire>>
  /** Throws DDNN_FRAME_VERSION for a request of another version, of which nothing else is read. */
  readonly formOf: (value: Uint8Array, headers: Headers) => WireForm
  readonly decoder: ImageDecoder
  readonly labels: readonly string[] | undefined
  readonly labelsHash: string | undefined
  /** Budget of requests that name none, milliseconds. */
  readonly timeoutMs: number
  /** Told of every answered request, for the tier's own CSV. */
  readonly onReply?: (correlationId: string, reply: Reply) => void
  readonly metrics: Metrics
  readonly log: Logger
}

/** Handles requests from now on; the returned handler is what `BackLink.open` takes. */
export function createRequestHandler(
  options: ServeOptions,
): (request: IncomingRequest) => Promise<void> {
  const { name, metrics } = options
  return async (request) => {
    if (isProbe(request.headers)) return answerProbe(options, request)
    metrics.inFlight.inc({ tier: name })
    const startedAt = performance.now()
    try {
      await handle(options, request, startedAt)
    } finally {
      metrics.inFlight.dec({ tier: name })
      metrics.latency.observe(
        { tier: name, stage: 'total' },
        (performance.now() - startedAt) / 1000,
      )
    }
  }
}

async function answerProbe(options: ServeOptions, request: IncomingRequest): Promise<void> {
  const { name, metrics, wires } = options
  if (budgetOf(options, request, 'binary') <= 0) return
  await sendReply(options, request, wires.binary, probeReply(options))
  metrics.requests.inc({ tier: name, outcome: 'probe' })
}

async function handle(
  options: ServeOptions,
  request: IncomingRequest,
  startedAt: number,
): Promise<void> {
  const { name, metrics } = options
  // Only a frame can be of another version, so a frame is what refuses it.
  let form: WireForm = 'binary'
  let reply: Reply
  try {
    const asked = options.formOf(request.value, request.headers)
    form = asked
    const budgetMs = budgetOf(options, request, asked)
    if (budgetMs <= 0) {
      // Its asker gave up already: an answer would only be counted as late there.
      metrics.requests.inc({ tier: name, outcome: 'late' })
      return
    }
    const write = await openRequest(options, request, asked)
    metrics.latency.observe({ tier: name, stage: 'decode' }, (performance.now() - startedAt) / 1000)
    reply = await answerTwice(options, write, () => ({
      budgetMs: budgetMs - (performance.now() - startedAt),
      expires: asked !== 'json',
      ...traceOf(request.headers),
    }))
    metrics.requests.inc({ tier: name, outcome: outcomeOf(reply) })
  } catch (thrown) {
    const error = toDdnnError(thrown)
    if (error.code === 'DDNN_REPLY_TIMEOUT') {
      metrics.requests.inc({ tier: name, outcome: 'late' })
      return
    }
    reply = await putAside(options, request, error, performance.now() - startedAt)
  }
  const replyStart = performance.now()
  // Totals in the reply and in the CSV count from receipt, decoding included.
  reply = { ...reply, totalMs: replyStart - startedAt }
  await sendReply(options, request, options.wires[form], reply)
  metrics.latency.observe({ tier: name, stage: 'reply' }, (performance.now() - replyStart) / 1000)
  options.onReply?.(request.headers['correlation-id'] ?? originOf(request), reply)
}

/** A worker that died takes its batch with it and is replaced: what was in it deserves a second try. */
async function answerTwice(
  options: ServeOptions,
  write: WriteSample,
  call: () => AnswerCall,
): Promise<Reply> {
  try {
    return await options.answer(write, call())
  } catch (thrown) {
    const error = toDdnnError(thrown)
    if (error.code !== 'DDNN_ENGINE_FAILED' || !error.retriable) throw thrown
    return options.answer(write, call())
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
    await options.back.reply(request, wire.encodeReply(reply), {})
  } catch (thrown) {
    const error = toDdnnError(thrown)
    if (error.retriable || error.code === 'DDNN_TRANSPORT_CLOSED') throw thrown
    options.log.error({ code: error.code, origin: request.origin }, `no reply: ${error.message}`)
    const problem = { code: error.code, message: error.message }
    const short = { ...reply, result: undefined, next: undefined, problem }
    await options.back.reply(request, wire.encodeReply(short), {})
  }
}

/** JSON requests are never late: an original device waits for ever. */
function budgetOf(options: ServeOptions, request: IncomingRequest, form: WireForm): number {
  const named = form === 'json' ? undefined : parseBudgetMs(request.headers['budget-ms'])
  return named === undefined ? options.timeoutMs : named - request.ageMs
}

function traceOf(headers: Headers): { headers?: Headers } {
  const traceparent = headers.traceparent
  return traceparent === undefined ? {} : { headers: { traceparent } }
}

function outcomeOf(reply: Reply): 'exit' | 'offload' | 'fallback' {
  if (isFallback(reply)) return 'fallback'
  return reply.next === undefined ? 'exit' : 'offload'
}

/** Decodes and checks a request; what it returns writes the tensor into its slot of the batch. */
async function openRequest(
  options: ServeOptions,
  request: IncomingRequest,
  form: WireForm,
): Promise<WriteSample> {
  const first = options.stages[0] as Stage
  const expected = first.shapes.input
  const decoded = options.wires[form].decodeRequest(request.value, {
    maxElements: sizeOf(expected),
  })
  checkModel(options, first, decoded)
  if (!isSameShape(decoded.shape, expected)) {
    throw new FrameError(
      'DDNN_FRAME_SHAPE',
      `Expected a tensor of ${describeShape(expected)} for '${first.spec.name}', got ${describeShape(decoded.shape)}`,
      {
        hint: `Send ${describeShape(expected)}: --height and --width, or the features of the submodel before`,
      },
    )
  }
  const scale = first.spec.preprocessing?.scale ?? 1 / 255
  if (decoded.codec === 'raw') return (slot) => decoded.write(slot, scale)
  const [height, width] = expected as readonly [number, number]
  const pixels = await options.decoder(decoded.bytes, height, width)
  const table = scaledTo(scale)
  return (slot) => widen(pixels, slot, table)
}

function checkModel(options: ServeOptions, first: Stage, decoded: DecodedRequest): void {
  const family = first.spec.family
  if (decoded.family !== undefined && family !== undefined && decoded.family !== family) {
    options.metrics.modelMismatches.inc({ tier: options.name })
    throw new ModelError(
      'DDNN_MODEL_MISMATCH',
      `Expected features of family '${family}' for '${first.spec.name}', got '${decoded.family}'`,
      { hint: 'Deploy submodels that were trained together on all tiers' },
    )
  }
  const { labelsHash, labels } = options
  if (
    decoded.labelsHash !== undefined &&
    labelsHash !== undefined &&
    decoded.labelsHash !== labelsHash
  ) {
    throw new ModelError(
      'DDNN_LABELS_MISMATCH',
      `Expected labels ${(labels ?? []).join(', ')} (${labelsHash}), got others (${decoded.labelsHash})`,
      { hint: "Pass the model's own labels, in its order" },
    )
  }
}

/** An error reply and a dead letter; engine faults are ours, so those are not the request's. */
async function putAside(
  options: ServeOptions,
  request: IncomingRequest,
  error: DdnnError,
  totalMs: number,
): Promise<Reply> {
  options.metrics.requests.inc({ tier: options.name, outcome: 'error' })
  const context = { code: error.code, origin: request.origin }
  if (error.code === 'DDNN_INTERNAL' || error.code === 'DDNN_ENGINE_FAILED') {
    options.log.error({ ...context, err: error }, 'request failed')
  } else {
    options.log.warn(context, `request put aside: ${error.message}`)
  }
  // A device with other labels is told and stops; its images are not at fault.
  if (error.code !== 'DDNN_LABELS_MISMATCH') {
    await options.back.deadLetter(request, { code: error.code, message: error.message })
    options.metrics.deadLetters.inc({ topic: request.origin.topic, code: error.code })
  }
  return {
    tier: options.name,
    result: undefined,
    computeMs: 0,
    totalMs,
    fallback: false,
    labelsHash: options.labelsHash,
    problem: { code: error.code, message: error.message },
    next: undefined,
  }
}

function originOf(request: IncomingRequest): string {
  const { topic, partition, offset } = request.origin
  return `${topic}/${partition}/${offset}`
}
