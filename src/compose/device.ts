// Runs a device from its first sample to its summary: input, whoever answers, and the reports.
import type { DeviceConfig } from '../cli/config.ts'
import { createFrontAnswer } from '../device/ask-front.ts'
import type { AnswerImage } from '../device/device.ts'
import { drive } from '../device/drive.ts'
import { hashLabels } from '../domain/labels.ts'
import type { Outcome } from '../domain/outcome.ts'
import { answerOf, isFallback } from '../domain/reply.ts'
import { describeShape, isSameShape } from '../domain/tensor.ts'
import type { Stage } from '../engine/engine.ts'
import type { Backend } from '../door/door.ts'
import { ConfigError } from '../errors.ts'
import { loadSharp } from '../input/sharp.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import type { Transport } from '../transport/transport.ts'
import { imageSizes } from './frame-sizes.ts'
import { modelOfServed } from './gateway.ts'
import { encoderOf, openInput, sendFormOf, sentAs, type OpenedInput } from './inputs.ts'
import {
  createFront,
  createOffloadFront,
  frontFormOf,
  missingOf,
  openFront,
  type LinkContext,
} from './links.ts'
import { createLocalAnswer } from './local-answer.ts'
import { openModelStore, type ModelStore } from './model-store.ts'
import { startReloads, type ReloadSetup } from './models/triggers.ts'
import { openReports } from './reports.ts'

interface Answerer {
  readonly answer: AnswerImage
  close(): Promise<void>
}

export interface DeviceRun {
  /** Samples without an answer. */
  readonly failures: number
}

export interface DeviceProgress {
  /** The models are warm, the link opens; `missing` says what it is short of, empty while ready. */
  readonly onWarm: (missing: () => readonly string[]) => void
  /** The first sample is asked for; others may ask from now on, over HTTP, until the run is over. */
  readonly onReady: (backend: Backend) => void
  /** Where the models of a local run may change while it runs. */
  readonly reloads?: ReloadSetup
}

/**
 * Drives all samples. Resolves after the reports are safe on disk, also when the signal aborted.
 * @throws what start throws, and DDNN_LABELS_MISMATCH, DDNN_OUTPUT_*.
 */
export async function runDevice(
  config: DeviceConfig,
  front: Transport | undefined,
  context: LinkContext,
  signal: AbortSignal,
  progress: DeviceProgress,
): Promise<DeviceRun> {
  // While the models load; if it fails, the first image tells.
  if (config.input.kind === 'folder') loadSharp().catch(() => undefined)
  const store = config.role === 'local' ? await openStore(config, context) : undefined
  const models = store?.served()[0]
  let answerer: Answerer | undefined
  try {
    const opened = await openInput(config.input, models?.stages[0]?.spec.preprocessing, context.log)
    const labelsHash = hashLabels(opened.input.labels)
    if (models !== undefined) checkLocal(models, opened, config)
    const ask = { config, front, context, opened, labelsHash, ...progress }
    answerer = store === undefined ? await askFront(ask) : await answerLocally(ask, store)
    progress.onReady(backendOf(config, opened, store, answerer.answer))
    return await driveWithReports(ask, answerer, signal)
  } finally {
    await answerer?.close()
    await store?.close(signal)
  }
}

/** Who asks over HTTP while the run goes on is answered as its samples are. */
function backendOf(
  { name }: DeviceConfig,
  { input, shape }: OpenedInput,
  store: ModelStore | undefined,
  answer: AnswerImage,
): Backend {
  const { labels } = input
  // Of a front no more is known than what its samples are.
  const asked = {
    ...{ version: undefined, family: undefined, tier: name, input: shape },
    ...{ takesImages: true, labels },
  }
  return {
    model: () => (store === undefined ? asked : { ...modelOfServed(name, store.served), labels }),
    missing: () => [],
    answer,
  }
}

function openStore(config: DeviceConfig, { log, metrics }: LinkContext): Promise<ModelStore> {
  return openModelStore({
    name: config.name,
    folders: config.models,
    engine: config.engine,
    exits: config.exits,
    links: { hasBack: false, front: config.front && frontFormOf(config) },
    keepMs: config.timeoutMs,
    log,
    metrics,
  })
}

async function driveWithReports(
  { config, opened, labelsHash, context }: Ask,
  answerer: Answerer,
  signal: AbortSignal,
): Promise<DeviceRun> {
  const reports = await openReports(config, opened.input)
  try {
    await drive(
      {
        input: reports.rest,
        answer: answerer.answer,
        send: config.role === 'local' ? 'own' : sendFormOf(config.input, config.wireFront),
        encode: encoderOf(config.input),
        maxInFlight: config.maxInFlight,
        timeoutMs: config.timeoutMs,
        shutdownTimeoutMs: config.shutdownTimeoutMs,
        labelsHash,
        onOutcome: (outcome) => {
          count(config.name, outcome, context.metrics)
          return reports.add(outcome)
        },
      },
      signal,
    )
  } finally {
    await reports.close()
    await opened.input.close()
  }
  return { failures: reports.failures + (signal.aborted ? reports.rest.count - reports.count : 0) }
}

/** A device's own numbers: each sample is a request of its. */
function count(name: string, { reply, roundTripMs }: Outcome, metrics: Metrics): void {
  const outcome =
    reply === undefined || answerOf(reply) === undefined
      ? 'error'
      : isFallback(reply)
        ? 'fallback'
        : 'exit'
  metrics.requests.inc({ tier: name, outcome })
  if (roundTripMs !== undefined) {
    metrics.latency.observe({ tier: name, stage: 'total' }, roundTripMs / 1000)
  }
}

interface Ask extends Pick<DeviceProgress, 'onWarm' | 'reloads'> {
  readonly config: DeviceConfig
  readonly front: Transport | undefined
  readonly context: LinkContext
  readonly opened: OpenedInput
  readonly labelsHash: string
}

/** A device: its images go to the front. */
async function askFront(ask: Ask): Promise<Answerer> {
  const { config, front, context, opened, labelsHash } = ask
  if (front === undefined || config.front === undefined) throw new Error('a device without a front')
  const form = config.wireFront
  const asked = createFront(
    front,
    {
      ...config.front,
      ...imageSizes(opened.shape, sentAs(config.input, form), opened.input.labels.length, form),
      form,
      ordinal: config.ordinal,
      maxInFlight: config.maxInFlight,
      whenOpen: 'wait',
    },
    context,
  )
  ask.onWarm(() => missingOf(asked.requester))
  await openFront(asked)
  return {
    answer: createFrontAnswer(asked.requester, asked.wire, labelsHash, (bytes) =>
      context.metrics.offloadedBytes.inc({ tier: config.name }, bytes),
    ),
    close: () => asked.requester.close(),
  }
}

/** A local run: its models answer, and the front, where there is one, is offloaded to. */
async function answerLocally(
  { config, front, context, labelsHash, onWarm, reloads }: Ask,
  store: ModelStore,
): Promise<Answerer> {
  const { served } = store
  const { stages } = served()[0]
  const offload = createOffloadFront(config, stages, front, context)
  onWarm(() => [
    ...(store.isServing ? [] : ['no worker of the engine runs']),
    ...(offload === undefined ? [] : missingOf(offload.requester)),
  ])
  if (offload !== undefined) await openFront(offload)
  const answer = createLocalAnswer({ config, served, front: offload, labelsHash, context })
  const stopReloads =
    reloads === undefined ? () => undefined : startReloads(store, config.models, reloads)
  return {
    answer,
    close: async () => {
      stopReloads()
      await offload?.requester.close()
    },
  }
}

/**
 * What a local run can know before its first sample.
 * @throws DDNN_LABELS_MISMATCH, DDNN_CONFIG_INVALID for labels and sizes that are not the model's.
 */
export function checkLocal(
  models: {
    readonly labels: readonly string[] | undefined
    readonly stages: readonly Pick<Stage, 'spec' | 'shapes'>[]
  },
  opened: OpenedInput,
  config: DeviceConfig,
): void {
  const { labels, stages } = models
  const given = opened.input.labels
  if (labels !== undefined && hashLabels(labels) !== hashLabels(given)) {
    throw new ConfigError(
      'DDNN_LABELS_MISMATCH',
      `Expected the model's labels ${labels.join(', ')}, got ${given.join(', ')}`,
      { hint: "Pass the model's own labels file with --labels, in its order" },
    )
  }
  const first = stages.find(({ shapes }) => shapes.exits.length > 0)
  const classes = first?.shapes.exits[0] ?? given.length
  if (classes !== given.length) {
    throw new ConfigError(
      'DDNN_LABELS_MISMATCH',
      `Expected ${classes} labels, as the exits of '${first?.spec.name}' have classes, got ${given.length}`,
      { hint: 'Pass the labels that the model was trained on with --labels, in its order' },
    )
  }
  const input = stages[0]?.shapes.input
  const isOwnShape = config.input.preprocessModule !== undefined
  if (input !== undefined && !isOwnShape && !isSameShape(input, opened.shape)) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected images of ${describeShape(input)} for '${stages[0]?.spec.name}', got ${describeShape(opened.shape)}`,
      { hint: `Pass --height ${input[0]} --width ${input[1]}, or models for this size` },
    )
  }
}
