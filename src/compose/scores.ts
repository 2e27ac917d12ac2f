// From model folders and a labelled set to what every exit says of every sample: evaluate and calibrate
// stand on it. Images are read, resized and scaled as serving does it.
import type { EngineConfig, ExitConfig } from '../cli/config.ts'
import type { ExitRule } from '../domain/exit.ts'
import type { FeatureCodec, FeatureForm } from '../domain/feature-codec.ts'
import { hashLabels } from '../domain/labels.ts'
import type { Tensor } from '../domain/tensor.ts'
import { ConfigError } from '../errors.ts'
import { collectScores, type LabelledSource, type OnProgress } from '../lab/evaluation/collect.ts'
import type { Scores } from '../lab/evaluation/scores.ts'
import type { Logger } from '../telemetry/log.ts'
import { wires } from '../serving/wire/detect.ts'
import { openLabelled, type LabelledInput } from '../lab/evaluation/labelled.ts'
import type { LoadedModels } from '../serving/tier/models/model-source.ts'
import { loadModels } from './models.ts'

export interface ScoresOptions {
  /** Folders, each a tier. */
  readonly models: readonly string[]
  readonly input: LabelledInput
  /** Most samples, taken in turn from every label; all where undefined. */
  readonly limit?: number | undefined
  readonly engine: EngineConfig
  /** How exits decide; as their manifests say where undefined. */
  readonly exits?: ExitConfig | undefined
  /** How features travel from submodel to submodel; as each manifest says where undefined. */
  readonly featureCodec?: FeatureCodec | undefined
  /** Forms of features that all samples are run with once more. */
  readonly compare?: readonly FeatureForm[] | undefined
  /** Between single samples that are timed, milliseconds; none where undefined. */
  readonly pauseMs?: number | undefined
  /** Whether full batches are timed too. */
  readonly timeBatches?: boolean | undefined
  /** The models must hold the network's last exit; why, for the hint. Not asked where undefined. */
  readonly needsWhole?: string | undefined
  /** What becomes of each image before the first submodel: looked at, or sent in another form. */
  readonly through?: ((image: Tensor) => Promise<Tensor>) | undefined
}

interface ScoresContext {
  readonly log: Logger
  readonly onProgress?: OnProgress | undefined
}

/** Scores with the rules that a local run with these flags would decide by. */
export interface JudgedScores {
  readonly scores: Scores
  /** In the order of `scores.exits`. */
  readonly rules: readonly ExitRule[]
  /** Runtime and version: 'tfjs-node 4.22.0 (TensorFlow 2.20.0)'. */
  readonly engine: string
  /** Whether the network ends with these models: then its last exit answers, whatever its threshold. */
  readonly isWhole: boolean
  /** Hashes of the images that calibrated the models, as their manifests have them. */
  readonly calibratedOn: readonly string[]
}

/**
 * Loads the models, runs the whole set through all stages and closes both.
 * @throws DDNN_MODEL_*, DDNN_ENGINE_*, DDNN_INPUT_*, DDNN_LABELS_MISMATCH, DDNN_CONFIG_INVALID; the
 * signal's reason when it aborts.
 */
export async function loadScores(
  options: ScoresOptions,
  context: ScoresContext,
  signal: AbortSignal,
): Promise<Scores> {
  return (await loadJudgedScores(options, context, signal)).scores
}

/** As `loadScores`, with the exits' rules. */
export async function loadJudgedScores(
  options: ScoresOptions,
  { log, onProgress }: ScoresContext,
  signal: AbortSignal,
): Promise<JudgedScores> {
  const exits = options.exits ?? { confidence: undefined, threshold: undefined }
  const models = await loadModels(options.models, options.engine, exits, log)
  try {
    if (options.needsWhole !== undefined) assertWhole(models, options.needsWhole)
    const labelled = await openLabelled(options.input, options.limit, models.stages, log)
    try {
      const { stages, tiers, rules } = models
      const { labels, sources } = labelled
      const { maxBatchSize, workers } = options.engine
      const scores = await collectScores(
        {
          stages,
          tiers,
          rules,
          labels,
          sources: options.through === undefined ? sources : sources.map(via(options.through)),
          way: { wire: wires.binary, labelsHash: models.labelsHash ?? hashLabels(labels) },
          codecs: stages.map(({ spec }) => options.featureCodec ?? spec.featureCodec ?? 'float32'),
          compare: options.compare,
          pauseMs: options.pauseMs,
          timeBatches: options.timeBatches,
          maxBatchSize,
          workers,
          onProgress,
        },
        signal,
      )
      const engine = models.engine.description
      const calibratedOn = stages.flatMap(({ spec }) => spec.calibratedOn ?? [])
      return { scores, rules: rules.flat(), engine, isWhole: endsHere(models), calibratedOn }
    } finally {
      await labelled.close()
    }
  } finally {
    await models.engine.dispose()
  }
}

function via(through: (image: Tensor) => Promise<Tensor>) {
  return (source: LabelledSource): LabelledSource => ({
    ...source,
    load: async () => {
      const loaded = await source.load()
      return { ...loaded, image: await through(loaded.image) }
    },
  })
}

function endsHere({ stages }: LoadedModels): boolean {
  return stages.at(-1)?.shapes.features === null
}

/** Before the images, which may take minutes. */
function assertWhole(models: LoadedModels, hint: string): void {
  if (endsHere(models)) return
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected the whole chain with --models, got one that goes on behind '${models.stages.at(-1)?.spec.name ?? ''}'`,
    { hint },
  )
}
