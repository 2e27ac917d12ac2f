// The models of a process: folders, engine and links by its flags, as the store needs them that serves and swaps them.
import type { EngineConfig, ExitConfig } from '../cli/config.ts'
import { readContents } from '../model/file-contents.ts'
import { readTraits } from '../model/file-traits.ts'
import type { ModelSource } from '../serving/tier/models/model-source.ts'
import { serveModels, type ModelStore } from '../serving/tier/models/model-store.ts'
import type { PreparedLinks } from '../serving/tier/models/replacement.ts'
import type { Logger } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics/metrics.ts'
import type { TierMeter } from '../telemetry/metrics/tier-meter.ts'
import { backSizes, frontSizes } from './frame-sizes.ts'
import { assertCanSend, type FrontForm } from './links.ts'
import { checkLoaded, loadRead, readModels } from './models.ts'

export interface ModelStoreOptions {
  /** Of the tier or device, for metrics. */
  readonly name: string
  readonly folders: readonly string[]
  readonly engine: EngineConfig
  readonly exits: ExitConfig
  readonly links: {
    readonly hasBack: boolean
    /** How the front is asked; undefined where there is none. */
    readonly front: FrontForm | undefined
  }
  /** An older family is kept for so long after it was last asked for, milliseconds. */
  readonly keepMs: number
  readonly log: Logger
  readonly metrics: Metrics
  readonly meter: TierMeter
}

/** Loads the models and serves them. @throws DDNN_MODEL_*, DDNN_ENGINE_UNAVAILABLE */
export function openModelStore(options: ModelStoreOptions): Promise<ModelStore> {
  const { name, keepMs, log, metrics, meter, links } = options
  return serveModels({
    ...{ name, keepMs, log, metrics, meter },
    source: sourceOf(options),
    links: { back: links.hasBack ? { limits: backSizes } : undefined, front: needsOf(links.front) },
  })
}

function sourceOf({ folders, engine, exits, log }: ModelStoreOptions): ModelSource {
  return {
    folders,
    workers: engine.workers,
    traits: () => readTraits(folders),
    read: () => readModels(folders),
    contents: (byFolder) => readContents(byFolder.flat()),
    load: (byFolder, verifyFiles) => loadRead(byFolder, { ...engine, verifyFiles }, exits, log),
    judge: (loaded, byFolder) => checkLoaded(loaded, byFolder, exits, log),
  }
}

function needsOf(front: FrontForm | undefined): PreparedLinks['front'] {
  if (front === undefined) return undefined
  return {
    limits: (stages) => frontSizes(stages, front.form),
    assertCanSend: (stages) => assertCanSend(front.codec ?? stages.at(-1)?.spec.featureCodec),
  }
}
