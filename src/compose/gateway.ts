// A process that answers HTTP and gRPC alone: by a tier in front, by its own models, or by its models with a
// front to offload to. Without models it first asks the front who it is, and asks again when replies say
// that it changed.
import type { GatewayConfig } from '../cli/config.ts'
import { createFrontAnswer } from '../serving/device/ask-front.ts'
import type { AnswerImage } from '../serving/device/device.ts'
import { awaitTier } from '../serving/device/await-tier.ts'
import { counted } from '../serving/device/counted.ts'
import { traced } from '../serving/device/traced.ts'
import type { KnownTier } from '../serving/device/fits.ts'
import { followFront } from '../serving/device/follow-front.ts'
import { unknownOf } from '../serving/device/look-ahead.ts'
import { createToldWait } from '../serving/device/told-once.ts'
import type { Backend } from '../serving/door/door.ts'
import { isCertificateRefused } from '../serving/transport/kafka/kafka-errors.ts'
import type { Transport } from '../serving/transport/transport.ts'
import { modelOfServed, modelOfTier } from './door-model.ts'
import { imageSizes, probeSizes } from './frame-sizes.ts'
import {
  createFront,
  missingOf,
  openFront,
  type ProcessContext,
  type OpenableFront,
} from './links.ts'
import { openOwnAnswer, openOwnStore } from './local-answer.ts'
import { pictureOfImage } from './pictures.ts'
import { turnedBy, watched } from '../serving/watch/watched.ts'
import { watchedStages, watchFront, watchModels } from './watch-sources.ts'
import type { ReloadSetup } from '../serving/tier/models/triggers.ts'

interface RunningGateway {
  readonly backend: Backend
  /** Resolves when it can never answer again: its engine is gone. */
  readonly gone: Promise<Error>
  close(signal: AbortSignal): Promise<void>
}

interface GatewayProgress {
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
  context: ProcessContext,
  signal: AbortSignal,
  progress: GatewayProgress,
): Promise<RunningGateway> {
  return config.models.length > 0
    ? openOwnModels(config, front, context, signal, progress)
    : openFrontAlone(config, front, context, signal, progress)
}

async function openOwnModels(
  config: GatewayConfig,
  transport: Transport | undefined,
  context: ProcessContext,
  signal: AbortSignal,
  { onWarm, reloads }: GatewayProgress,
): Promise<RunningGateway> {
  const store = await openOwnStore(config, context)
  try {
    const own = await openOwnAnswer({
      ...{ config, store, transport, context, onWarm, reloads },
      labelsHash: undefined,
    })
    context.watch.show({
      ...watchModels(store.served, () => watchedStages(store.served()[0], own.front?.codec)),
      ...watchFront(own.front, signal),
    })
    return {
      backend: {
        model: () => modelOfServed(config.name, store.served),
        missing: own.missing,
        answer: told(config, own.answer, context),
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
  context: ProcessContext,
  signal: AbortSignal,
  { onWarm }: GatewayProgress,
): Promise<RunningGateway> {
  if (transport === undefined) throw new Error('a gateway without a front')
  const { told: first, front } = await firstAnswer(config, transport, context, signal, onWarm)
  const { requester, wire } = front
  const { input, labels } = first.about
  try {
    // Any dtype of the protocol may come.
    await front.fit(imageSizes(input, 'float32', labels?.length, config.wireFront))
  } catch (thrown) {
    await requester.close()
    throw thrown
  }
  const missing = () => missingOf(requester)
  onWarm(missing)
  const { meter, watch } = context
  const { destination } = front
  const ask = turnedBy(watch, createFrontAnswer(requester, wire, undefined, { meter, destination }))
  const followed = followFront(front, first, ask, context.log)
  watch.show({
    labels: () => followed.tier().about.labels,
    own: () => [{ name: config.name, family: undefined, exits: [] }],
    calibration: () => undefined,
    ...watchFront(front, signal),
  })
  return {
    backend: {
      model: () => modelOfTier(followed.tier()),
      missing,
      answer: told(config, followed.answer, context),
    },
    gone: new Promise(() => undefined),
    close: () => requester.close(),
  }
}

/** Counted, traced, and shown on the page. */
function told(
  { name }: GatewayConfig,
  answer: AnswerImage,
  { meter, tracing, watch }: ProcessContext,
): AnswerImage {
  return watched(watch, traced(name, counted(answer, meter), tracing), pictureOfImage)
}

/** Asks until a tier tells what it takes; it may be started after its gateway. */
async function firstAnswer(
  config: GatewayConfig,
  transport: Transport,
  context: ProcessContext,
  signal: AbortSignal,
  onWarm: GatewayProgress['onWarm'],
): Promise<{ readonly told: KnownTier; readonly front: OpenableFront }> {
  const { front: link, ordinal, maxInFlight } = config
  if (link === undefined) throw new Error('a gateway without a front')
  const wait = createToldWait(context.log)
  return awaitTier<OpenableFront>({
    create: () => {
      // Nothing here can answer in its place: who has time waits until it is back.
      const how = { form: 'binary', ordinal, maxInFlight, whenOpen: 'wait' } as const
      const front = createFront(transport, { ...link, ...probeSizes, ...how }, context)
      onWarm(() => [unknownOf(front, link, wait)])
      return front
    },
    open: openFront,
    isToBeTold: isCertificateRefused,
    ...{ transport, link, wait, makesTopics: config.topics.create, signal },
  })
}
