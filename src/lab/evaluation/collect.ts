// What every exit says of every sample of a labelled set: all samples through all stages, in batches,
// with early exits off. Images and features are let go at once; only class values are kept.
import { createHash } from 'node:crypto'
import type { ExitRule } from '../../domain/exit.ts'
import type { FeatureCodec, FeatureForm } from '../../domain/feature-codec.ts'
import { describeShape, sizeOf, type Tensor } from '../../domain/tensor.ts'
import type { Stage, WriteSample } from '../../serving/engine/engine.ts'
import { ConfigError, DdnnError, toDdnnError } from '../../errors.ts'
import { OffloadMeans } from './collect-bytes.ts'
import { ComparedForms } from './collect-forms.ts'
import { ImageMeans } from './collect-images.ts'
import { imageWriter, runAllStages, timeBatches, timeSinglePasses } from './collect-stages.ts'
import { exitFactsOf, stageNamesOf } from './exit-facts.ts'
import type { SampleScores, Scores } from './scores.ts'
import { memoryBehind, sentAs, type FeatureWay } from './send-features.ts'

/** A labelled sample whose image is read when it is its turn. */
export interface LabelledSource {
  readonly file: string
  /** Index of the truth among the model's labels. */
  readonly label: number
  /** @throws DDNN_INPUT_UNREADABLE, naming the file */
  load(): Promise<LoadedSource>
}

interface LoadedSource {
  /** As the first stage takes it: uint8 pixels, or float32 of the user's own preprocessing. */
  readonly image: Tensor
  /** sha256 over name and content, hexadecimal. */
  readonly digest: string
  /** Of the encoded file; undefined where the sample has none of its own. */
  readonly fileBytes: number | undefined
}

/** Called after each sample; `unreadable` are counted in `done` too. */
export type OnProgress = (done: number, total: number, unreadable: number) => void

interface CollectOptions {
  readonly stages: readonly Stage[]
  /** Of each stage: which of the folders given it came from. */
  readonly tiers: readonly number[]
  /** One list a stage, one rule an exit. */
  readonly rules: readonly (readonly ExitRule[])[]
  readonly labels: readonly string[]
  readonly sources: readonly LabelledSource[]
  /** How features go from stage to stage. */
  readonly way: FeatureWay
  /** Of each stage: how its features travel. */
  readonly codecs: readonly FeatureCodec[]
  /** All samples run once more with each of these forms of features. */
  readonly compare?: readonly FeatureForm[] | undefined
  /** Between single samples that are timed, milliseconds; none where undefined. */
  readonly pauseMs?: number | undefined
  /** Whether full batches are timed too. */
  readonly timeBatches?: boolean | undefined
  /** Most samples in one forward pass of the engine, and its workers. */
  readonly maxBatchSize: number
  readonly workers: number
  readonly onProgress?: OnProgress | undefined
}

/** Samples whose features are encoded by every codec to measure their size, spread over the set. */
const sizedSamples = 256
/** Images that are kept to time single passes with. */
const timedImages = 8
/** Batches in flight: one runs, the others are decoded or wait at their next stage. */
const batchesInFlight = 4
/** Most bytes of features that samples in flight may hold. */
const featureBudgetBytes = 256 * 1024 * 1024

/**
 * Collects the scores of all samples, in their order. Files that cannot be read are listed and left out.
 * @throws DDNN_INPUT_UNREADABLE when none can be read; DDNN_ENGINE_FAILED when a forward pass fails; the
 * signal's reason when it aborts.
 */
export async function collectScores(options: CollectOptions, signal: AbortSignal): Promise<Scores> {
  const { stages, labels, rules } = options
  const run = new Collection(options, signal)
  await run.drain()
  signal.throwIfAborted()
  const samples = run.samples.filter((sample) => sample !== undefined)
  const unreadable = run.unreadable.filter((entry) => entry !== undefined)
  if (samples.length === 0) throw noneReadable(unreadable[0])
  const times = await timeSinglePasses(stages, run.kept, signal, options.pauseMs)
  const batched =
    options.timeBatches === true ? await timeBatches(stages, options.maxBatchSize, signal) : []
  const names = stageNamesOf(stages.map((stage) => stage.spec.name))
  return {
    labels,
    family: stages.find((stage) => stage.spec.family !== undefined)?.spec.family,
    input: stages[0]?.shapes.input ?? [],
    stages: stages.map((stage, i) => ({
      name: names[i] ?? stage.spec.name,
      folder: stage.spec.folder,
      tier: options.tiers[i] ?? 0,
      features: stage.shapes.features,
      computeMs: {
        ...(times[i] ?? { p50: Number.NaN, p99: Number.NaN, passes: 0 }),
        ...(batched[i] === undefined ? {} : { batched: batched[i] }),
      },
      offload: run.offloads[i]?.read(codecOf(options, i)) ?? null,
      multiplyAdds: stage.spec.multiplyAdds,
    })),
    exits: exitFactsOf(stages, rules),
    samples,
    compared: run.compared.read(),
    unreadable,
    dataHash: run.dataHash(),
    imageBytes: run.images.read(),
  }
}

/** The state of one pass over the set. */
class Collection {
  readonly samples: (SampleScores | undefined)[]
  readonly unreadable: (Scores['unreadable'][number] | undefined)[]
  readonly offloads: readonly OffloadMeans[]
  readonly images: ImageMeans
  readonly compared: ComparedForms
  /** Of the first few images, for timing. */
  readonly kept: WriteSample[] = []
  readonly #options: CollectOptions
  readonly #signal: AbortSignal
  readonly #write: (image: Tensor) => WriteSample
  readonly #digests: (string | undefined)[]
  #done = 0
  #failed = 0
  #next = 0

  constructor(options: CollectOptions, signal: AbortSignal) {
    this.#options = options
    this.#signal = signal
    this.#write = imageWriter(options.stages)
    const { length } = options.sources
    this.samples = new Array<undefined>(length)
    this.unreadable = new Array<undefined>(length)
    this.#digests = new Array<undefined>(length)
    const { stages, rules, way, compare = [] } = options
    this.offloads = stages.map((stage, i) => {
      const memory = memoryBehind(stages, rules, i)
      return new OffloadMeans({ ...way, memory }, stage)
    })
    this.images = new ImageMeans(way, stages[0]?.shapes.input ?? [])
    this.compared = new ComparedForms(stages, way, compare, length)
  }

  /** Runs all samples; resolves early when the signal aborts. The first failure of the engine ends it. */
  async drain(): Promise<void> {
    let failure: { readonly thrown: unknown } | undefined
    const lane = async () => {
      while (failure === undefined && !this.#signal.aborted) {
        const index = this.#next++
        const source = this.#options.sources[index]
        if (source === undefined) return
        try {
          await this.#collectOne(source, index)
        } catch (thrown) {
          failure ??= { thrown }
          return
        }
        this.#options.onProgress?.(++this.#done, this.#options.sources.length, this.#failed)
      }
    }
    await Promise.all(Array.from({ length: inFlightOf(this.#options) }, lane))
    if (failure !== undefined && !this.#signal.aborted) throw failure.thrown
  }

  async #collectOne(source: LabelledSource, index: number): Promise<void> {
    const { file, label } = source
    const loaded = await this.#load(source, index)
    if (loaded === undefined) return
    const write = this.#write(loaded.image)
    if (this.kept.length < timedImages) this.kept.push(write)
    const { stages, way, sources } = this.#options
    const run = await runAllStages(stages, write, this.#signal, (i, features) =>
      sentAs(way, stages[i] as Stage, features, codecOf(this.#options, i)),
    )
    const sample = { file, label, values: run.values }
    this.samples[index] = sample
    this.#digests[index] = loaded.digest
    if (loaded.fileBytes !== undefined) this.images.addFile(loaded.fileBytes)
    await this.compared.add(index, sample, run, this.#signal)
    if (!isSized(index, sources.length)) return
    await this.images.add(loaded.image)
    for (const [stage, values] of run.features.entries()) {
      if (values !== undefined) this.offloads[stage]?.add(values)
    }
  }

  /** Undefined where the file cannot be read, which is noted. */
  async #load(source: LabelledSource, index: number): Promise<LoadedSource | undefined> {
    try {
      const loaded = await source.load()
      const input = this.#options.stages[0]?.shapes.input ?? []
      if (loaded.image.data.length === sizeOf(input)) return loaded
      throw new DdnnError(
        'DDNN_INPUT_UNREADABLE',
        `${source.file}: Expected ${describeShape(input)} values for the first model, got ${describeShape(loaded.image.shape)}`,
      )
    } catch (thrown) {
      const { code, message } = toDdnnError(thrown)
      // A user's module that every sample would meet is no file's fault.
      if (code === 'DDNN_MODULE_INVALID' || code === 'DDNN_CONFIG_INVALID') throw thrown
      this.#failed++
      this.unreadable[index] = { file: source.file, reason: message }
      return undefined
    }
  }

  dataHash(): string {
    const hash = createHash('sha256')
    for (const digest of this.#digests) if (digest !== undefined) hash.update(digest)
    return hash.digest('hex')
  }
}

function codecOf({ codecs }: CollectOptions, stage: number): FeatureCodec {
  return codecs[stage] ?? 'float32'
}

/** Enough to keep batches full while others are decoded, within the budget of features. */
function inFlightOf({ stages, maxBatchSize, workers }: CollectOptions): number {
  const widest = Math.max(1, ...stages.map((stage) => sizeOf(stage.shapes.features ?? [1]) * 4))
  const wanted = batchesInFlight * maxBatchSize * workers
  return Math.max(maxBatchSize, Math.min(wanted, Math.floor(featureBudgetBytes / widest)))
}

/** Spreads the samples that are sized evenly over the set, which is sorted by label. */
function isSized(index: number, count: number): boolean {
  if (count <= sizedSamples) return true
  return (
    Math.floor((index * sizedSamples) / count) !== Math.floor(((index - 1) * sizedSamples) / count)
  )
}

function noneReadable(first: Scores['unreadable'][number] | undefined): ConfigError {
  const got = first === undefined ? 'no samples' : `none: ${first.reason}`
  return new ConfigError('DDNN_INPUT_UNREADABLE', `Expected images that can be read, got ${got}`)
}
