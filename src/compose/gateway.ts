// A process that answers HTTP and gRPC alone: by a tier in front, by its own models, or by its models with a
// front to offload to. Without models it first asks the front who it is, and asks again when replies say
// that it changed.
import { setTimeout as sleep } from 'node:timers/promises'
import type { CommonConfig, GatewayConfig } from '../cli/config.ts'
import { askAbout } from '../serving/device/ask-about.ts'
import { createFrontAnswer } from '../serving/device/ask-front.ts'
import type { AnswerImage } from '../serving/device/device.ts'
import type { KnownTier } from '../serving/device/fits.ts'
import { createToldWait } from '../serving/device/told-once.ts'
import { answerOf, isFallback, type Reply } from '../domain/reply.ts'
import type { Backend } from '../serving/door/door.ts'
import { toDdnnError } from '../errors.ts'
import { isCertificateRefused } from '../serving/transport/kafka/kafka-errors.ts'
import type { Transport } from '../serving/transport/transport.ts'
import { isKnown } from './device-front.ts'
import { modelOfServed, modelOfTier } from './door-model.ts'
import { imageSizes } from './frame-sizes.ts'
import { createFront, missingOf, type LinkContext, type OpenableFront } from './links.ts'
import { openOwnAnswer, openOwnStore } from './local-answer.ts'
import { lookAhead, probeSizes, unknownOf } from './look-ahead.ts'
import type { ReloadSetup } from '../serving/tier/models/triggers.ts'

/** Between looks at a front that cannot be asked, and longest wait of a running gateway for its answer, milliseconds. */
const lookMs = 5000
/** Between two looks at a front that has changed, milliseconds. */
const lookAgainMs = 1000

export interface RunningGateway {
  readonly backend: Backend
  /** Resolves when it can never answer again: its engine is gone. */
  readonly gone: Promise<Error>
  close(signal: AbortSignal): Promise<void>
}

export interface GatewayProgress {
  /** The models are warm, or there are none; `missing` says what it is short of, empty while ready. */
  readonly onWarm: (missing: () => readonly string[]) => void
  readonly reloads?: ReloadSetup
}

/**
 * Resolves once it can answer. Without models it waits for a tier in front without end.
 * @throws what a start throws; DDNN_TRANSPORT_CLOSED when the signal aborts meanwhile.
 */
export async function openGateway(
  config: GatewayConfig,
  front: Transport | undefined,
  context: LinkContext,
  signal: AbortSignal,
  progress: GatewayProgress,
): Promise<RunningGateway> {
  return config.models.length > 0
    ? openOwnModels(config, front, context, progress)
    : openFrontAlone(config, front, context, signal, progress)
}

async function openOwnModels(
  config: GatewayConfig,
  transport: Transport | undefined,
  context: LinkContext,
  { onWarm, reloads }: GatewayProgress,
): Promise<RunningGateway> {
  const store = await openOwnStore(config, context)
  try {
    const own = await openOwnAnswer({
      ...{ config, store, transport, context, onWarm, reloads },
      labelsHash: undefined,
    })
    return {
      backend: {
        model: () => modelOfServed(config.name, store.served),
        missing: own.missing,
        answer: counted(config, context, own.answer),
      },
      gone: store.gone,
      close: async (signal) => {
        await own.close()
        await store.close(signal)
      },
    }
  } catch (thrown) {
    await store.close()
    throw thrown
  }
}

async function openFrontAlone(
  config: GatewayConfig,
  transport: Transport | undefined,
  context: LinkContext,
  signal: AbortSignal,
  { onWarm }: GatewayProgress,
): Promise<RunningGateway> {
  if (transport === undefined) throw new Error('a gateway without a front')
  const { told, front } = await firstAnswer(config, transport, context, signal, onWarm)
  let tier = told
  const { requester, wire } = front
  const { input, labels } = tier.about
  try {
    // Any dtype of the protocol may come.
    await front.fit(imageSizes(input, 'float32', labels?.length, config.wireFront))
  } catch (thrown) {
    await requester.close()
    throw thrown
  }
  const missing = () => missingOf(requester)
  onWarm(missing)
  let asking: Promise<void> | undefined
  let lookedAt = -Infinity
  const lookAgain = () => {
    // While replicas are exchanged one by one, replies tell of both in turn.
    if (asking === undefined && performance.now() - lookedAt < lookAgainMs) return
    lookedAt = performance.now()
    asking ??= askAbout(requester, wire, lookMs, new AbortController().signal)
      .then((reply) => {
        if (isKnown(reply)) tier = reply
      })
      .catch((thrown: unknown) => {
        context.log.warn(`what changed in front is not known: ${toDdnnError(thrown).message}`)
      })
      .finally(() => (asking = undefined))
    return asking
  }
  const ask = createFrontAnswer(requester, wire, undefined, (bytes) =>
    context.metrics.offloadedBytes.inc({ tier: config.name }, bytes),
  )
  const answer: AnswerImage = async (image, call) => {
    const startedAt = performance.now()
    const reply = await ask(image, call)
    if (isOther(reply, tier)) {
      // The answer is there: nobody waits longer for its labels than for itself.
      const leftMs = Math.max(0, call.budgetMs - (performance.now() - startedAt))
      await Promise.race([lookAgain(), sleep(leftMs, undefined, { ref: false })])
    }
    return reply
  }
  return {
    backend: { model: () => modelOfTier(tier), missing, answer: counted(config, context, answer) },
    gone: new Promise(() => undefined),
    close: () => requester.close(),
  }
}

/** Asks until a tier tells what it takes; it may be started after its gateway. */
async function firstAnswer(
  config: GatewayConfig,
  transport: Transport,
  context: LinkContext,
  signal: AbortSignal,
  onWarm: GatewayProgress['onWarm'],
): Promise<{ readonly told: KnownTier; readonly front: OpenableFront }> {
  const { front: link, ordinal, maxInFlight } = config
  if (link === undefined) throw new Error('a gateway without a front')
  const wait = createToldWait(context.log)
  for (;;) {
    // Nothing here can answer in its place: who has time waits until it is back.
    const how = { form: 'binary', ordinal, maxInFlight, whenOpen: 'wait' } as const
    const front = createFront(transport, { ...link, ...probeSizes, ...how }, context)
    onWarm(() => [unknownOf(front, link, wait)])
    try {
      const makesTopics = config.topics.create
      const options = { transport, link, budgetMs: Infinity, wait, makesTopics, signal }
      const { reply } = await lookAhead(front, options)
      if (isKnown(reply)) return { told: reply, front }
      wait.tell(`'${reply?.tier}' is of a release that does not say what it takes`)
    } catch (thrown) {
      const error = toDdnnError(thrown)
      const isOtherRelease = error.code.startsWith('DDNN_FRAME_')
      if (signal.aborted || (!error.retriable && !isOtherRelease)) {
        await front.requester.close()
        throw thrown
      }
      // What keeps brokers from answering is told where they are asked, but for certificates.
      if (isOtherRelease || isCertificateRefused(thrown)) wait.tell(error.message)
    }
    await front.requester.close()
    await sleep(lookMs, undefined, { signal })
  }
}

/** Labels or versions that the front was not known to have. */
function isOther(reply: Reply, known: KnownTier): boolean {
  return (
    (reply.labelsHash !== undefined && reply.labelsHash !== known.labelsHash) ||
    (reply.model !== undefined &&
      (reply.model.family !== known.model?.family || reply.model.version !== known.model?.version))
  )
}

/** As a device counts its samples. */
function counted(
  { name }: Pick<CommonConfig, 'name'>,
  { metrics }: LinkContext,
  answer: AnswerImage,
): AnswerImage {
  return async (image, call) => {
    const startedAt = performance.now()
    const count = (outcome: 'exit' | 'fallback' | 'error') =>
      metrics.requests.inc({ tier: name, outcome })
    try {
      const reply = await answer(image, call)
      count(answerOf(reply) === undefined ? 'error' : isFallback(reply) ? 'fallback' : 'exit')
      return reply
    } catch (thrown) {
      count('error')
      throw thrown
    } finally {
      const totalS = (performance.now() - startedAt) / 1000
      metrics.latency.observe({ tier: name, stage: 'total' }, totalS)
    }
  }
}
