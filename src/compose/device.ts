// Runs a device from its first sample to its summary: input, whoever answers, and the reports.
import type { DeviceConfig } from '../cli/config.ts'
import { askChain } from '../serving/device/ask-chain.ts'
import { createFrontAnswer } from '../serving/device/ask-front.ts'
import { traced } from '../serving/device/traced.ts'
import { countOutcome } from '../serving/device/counted.ts'
import type { AnswerImage } from '../serving/device/device.ts'
import { drive } from '../serving/device/drive.ts'
import { checkingFirst } from '../serving/device/first-image.ts'
import { assertTakes, type KnownTier } from '../serving/device/fits.ts'
import { assertFitsModels } from '../serving/device/fits-models.ts'
import { hashLabels } from '../domain/labels.ts'
import type { ChainFacts } from '../domain/tier-facts.ts'
import type { Backend, DoorModel } from '../serving/door/door.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { Input } from '../input/input.ts'
import { paceInput } from '../input/pace.ts'
import { loadSharp } from '../input/sharp.ts'
import type { Transport } from '../serving/transport/transport.ts'
import { lookAtFront, openDeviceFront } from './device-front.ts'
import { modelOfServed, modelOfTier } from './door-model.ts'
import { checkInputThere, encoderOf, openInput, sendFormOf, type OpenedInput } from './inputs.ts'
import { imagesOfModels, imagesOfTier } from './known-images.ts'
import { missingOf, type ProcessContext } from './links.ts'
import { openOwnAnswer, openOwnStore } from './local-answer.ts'
import type { ReloadSetup } from '../serving/tier/models/triggers.ts'
import { openReports } from './reports.ts'
import { showOutcomes } from './show-outcomes.ts'
import { turnedBy } from '../serving/watch/watched.ts'
import { watchedStages, watchFront, watchModels } from './watch-sources.ts'

export interface DeviceRun {
  /** Samples without an answer. */
  readonly failures: number
  /** The run's document of --json. */
  readonly json?: string | undefined
  /** Runs until it is told to end, once all samples had their turn. */
  readonly isService: boolean
}

interface DeviceProgress {
  /** The models are warm, the link opens; `missing` says what it is short of, empty while ready. */
  readonly onWarm: (missing: () => readonly string[]) => void
  /** The first sample is asked for; others may ask from now on, over HTTP, until the run is over. */
  readonly onReady: (backend: Backend) => void
  /** The run is over: who asked over HTTP is answered before those who answer are let go. */
  readonly onEnd: () => Promise<void>
  /** Where the models of a local run may change while it runs. */
  readonly reloads?: ReloadSetup
}

/** Who answers the samples of a run, and what they are. */
interface Ready {
  readonly opened: OpenedInput
  readonly answer: AnswerImage
  /** What is known of the tiers that answer. */
  readonly chain: () => ChainFacts | undefined
  /** Who asks over HTTP while the run goes on is answered as its samples are. */
  readonly backend: Backend
  close(signal: AbortSignal): Promise<void>
}

/**
 * Drives all samples. Resolves after the reports are safe on disk, also when the signal aborted.
 * @throws what start throws, and DDNN_LABELS_MISMATCH, DDNN_OUTPUT_*.
 */
export async function runDevice(
  config: DeviceConfig,
  front: Transport | undefined,
  context: ProcessContext,
  signal: AbortSignal,
  progress: DeviceProgress,
): Promise<DeviceRun> {
  // While the models load; if it fails, the first image tells.
  if (config.input.kind === 'folder') loadSharp().catch(() => undefined)
  const ready =
    config.role === 'local'
      ? await openLocal(config, front, context, signal, progress)
      : await openAsker(config, front, context, signal, progress)
  try {
    progress.onReady(ready.backend)
    return await driveWithReports(config, ready, context, signal)
  } finally {
    try {
      await progress.onEnd()
    } finally {
      await ready.close(signal)
    }
  }
}

async function driveWithReports(
  config: DeviceConfig,
  { opened, answer, chain }: Ready,
  context: ProcessContext,
  signal: AbortSignal,
): Promise<DeviceRun> {
  const { rest, told: reports } = await openReports(config, opened.input, chain)
  const shown = showOutcomes(context.watch)
  const round = (input: Input, onOutcome: (outcome: Outcome) => Promise<void>) =>
    drive(
      {
        input: paced(input, config.input, signal),
        answer: shown.keep(traced(config.name, answer, context.tracing)),
        send: config.role === 'local' ? 'own' : sendFormOf(config.input, config.wireFront),
        encode: encoderOf(config.input),
        maxInFlight: config.maxInFlight,
        timeoutMs: config.timeoutMs,
        shutdownTimeoutMs: config.shutdownTimeoutMs,
        labelsHash: hashLabels(opened.input.labels),
        onOutcome: (outcome) => {
          countOutcome(outcome, context.meter)
          shown.tell(outcome)
          return onOutcome(outcome)
        },
      },
      signal,
    )
  let notRun = 0
  try {
    try {
      await round(rest, (outcome) => reports.add(outcome))
      notRun = signal.aborted ? rest.count - reports.count : 0
    } finally {
      await reports.close()
    }
    const goesRound = config.input.isRepeated === true
    while (goesRound && !signal.aborted) await round(opened.input, () => Promise.resolve())
  } finally {
    await opened.input.close()
  }
  return {
    failures: reports.failures + notRun,
    // What goes round ends when it is told to.
    isService: config.input.isRepeated === true && notRun === 0,
    json: reports.json,
  }
}

function paced(input: Input, { perSecond }: DeviceConfig['input'], signal: AbortSignal): Input {
  return perSecond === undefined ? input : paceInput(input, perSecond, signal)
}

/** A device: its images go to the front. */
async function openAsker(
  config: DeviceConfig,
  transport: Transport | undefined,
  context: ProcessContext,
  signal: AbortSignal,
  { onWarm }: DeviceProgress,
): Promise<Ready> {
  if (transport === undefined) throw new Error('a device without a front')
  await checkInputThere(config.input)
  const known = await lookAtFront(config, transport, context, signal, onWarm)
  let front = known.opened
  let images: OpenedInput | undefined
  try {
    const opened = await openInput(config.input, imagesOfTier(known.tier), context.log)
    images = opened
    front = await openDeviceFront(config, known, opened, transport, context)
    const { requester, wire } = front
    onWarm(() => missingOf(requester))
    const { labels } = opened.input
    const { meter, watch } = context
    const { destination } = front
    const ask = turnedBy(
      watch,
      createFrontAnswer(requester, wire, hashLabels(labels), { meter, destination }),
    )
    const { tier } = known
    watch.show({
      labels: () => labels,
      own: () => [{ name: config.name, family: undefined, exits: [] }],
      calibration: () => undefined,
      expected: config.input.isRepeated === true ? undefined : opened.input.count,
      ...watchFront(front, signal),
    })
    const chain = tier === undefined ? undefined : askChain(front, config.timeoutMs, signal)
    const isOwn = config.input.preprocessModule !== undefined
    return {
      opened,
      answer:
        isOwn && tier !== undefined ? checkingFirst(ask, (image) => assertTakes(tier, image)) : ask,
      chain: () => chain?.(),
      backend: {
        model: () => modelInFront(config, opened, tier),
        missing: () => [],
        answer: ask,
      },
      close: () => requester.close(),
    }
  } catch (thrown) {
    await front?.requester.close()
    await images?.input.close()
    throw thrown
  }
}

/** As the tier in front tells; of one that tells nothing no more is known than what samples are. */
function modelInFront(
  { name }: DeviceConfig,
  { input, shape }: OpenedInput,
  tier: KnownTier | undefined,
): DoorModel | undefined {
  const { labels } = input
  if (tier !== undefined) return { ...modelOfTier(tier), labels }
  const unknown = { version: undefined, family: undefined }
  return { ...unknown, tier: name, input: shape, takesImages: true, labels }
}

/** A local run: its models answer, and the front, where there is one, is offloaded to. */
async function openLocal(
  config: DeviceConfig,
  transport: Transport | undefined,
  context: ProcessContext,
  signal: AbortSignal,
  { onWarm, reloads }: DeviceProgress,
): Promise<Ready> {
  const store = await openOwnStore(config, context)
  let images: OpenedInput | undefined
  try {
    const { served } = store
    const [models] = served()
    const opened = await openInput(config.input, imagesOfModels(models), context.log)
    images = opened
    const { labels } = opened.input
    const isOwnShape = config.input.preprocessModule !== undefined
    assertFitsModels(models, { labels, shape: isOwnShape ? undefined : opened.shape })
    const own = await openOwnAnswer({
      ...{ config, store, transport, context, onWarm, reloads },
      labelsHash: hashLabels(labels),
    })
    const { answer } = own
    context.watch.show({
      ...watchModels(served, () => watchedStages(served()[0], own.front?.codec)),
      labels: () => labels,
      expected: config.input.isRepeated === true ? undefined : opened.input.count,
      ...watchFront(own.front, signal),
    })
    return {
      opened,
      answer,
      chain: own.askChain(),
      backend: {
        model: () => ({ ...modelOfServed(config.name, served), labels }),
        missing: () => [],
        answer,
      },
      close: async () => {
        await own.close()
        await store.close(signal)
      },
    }
  } catch (thrown) {
    await images?.input.close()
    await store.close(signal)
    throw thrown
  }
}
