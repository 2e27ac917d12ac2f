// From decoded images to what heads learn from: the network runs once over each, or its features of an earlier
// run are read.
import { isEveryFinite } from '../../../domain/finite.ts'
import type { Orientation } from '../../../domain/orientation.ts'
import { ModelError } from '../../../errors.ts'
import type { BatchSource } from '../batches.ts'
import type { InputWorkers } from '../input-workers.ts'
import type { PixelStore, StoredImages } from '../pixel-store.ts'
import type { BackboneChoice } from './choice.ts'
import type { FeatureSet } from './feature-source.ts'
import { factsOfFiles } from './network-files.ts'
import type { OpenedBackbone } from './open.ts'
import { withPooling } from './open-pooling.ts'
import type { ExitPlace } from './places.ts'
import { channelsOf, FeatureFile, poolFeatures, type PooledFeatures } from './pooled-features.ts'

export interface CollectOptions {
  readonly choice: BackboneChoice
  /** Where features are kept: for a run that goes on, and for others in --cache. */
  readonly folder: string
  /** That images were decoded with. */
  readonly orientation: Orientation
  readonly workers: InputWorkers
  readonly signal: AbortSignal | undefined
  readonly log: { info(facts: object, message: string): void }
}

export interface CollectedSets {
  /** Features as the network gives them, of each place. */
  readonly training: FeatureSet
  readonly validation: FeatureSet
}

/** Undefined when the signal aborts. */
export async function collectSets(
  opened: OpenedBackbone,
  places: readonly ExitPlace[],
  store: PixelStore,
  options: CollectOptions,
): Promise<CollectedSets | undefined> {
  const { folder, orientation, log } = options
  const sides = [store.training, store.validation] as const
  const file = new FeatureFile(folder, {
    images: sides.map(({ hash, height, width }) => [hash, height, width]),
    places: places.map(({ cut }) => [cut.name, cut.shape]),
    input: opened.input,
    orientation,
    network: await factsOfFiles(options.choice.path),
  })
  const lengths = sides.flatMap(({ labels }) =>
    places.map(({ cut }) => channelsOf(cut) * labels.length),
  )
  const kept = await file.read(lengths)
  if (kept !== undefined) log.info({ folder }, 'features are there already, of an earlier run')
  const features = kept ?? (await runNetwork(opened, places, sides, options))
  if (features === undefined) return undefined
  assertFinite(features, places, options.choice)
  if (kept === undefined) await file.write(features)
  const setOf = ({ labels, sets }: StoredImages, from: number): FeatureSet => ({
    labels,
    sets,
    inputs: features.slice(from, from + places.length),
  })
  return {
    training: setOf(store.training, 0),
    validation: setOf(store.validation, places.length),
  }
}

/** Features of the training images, then of the others. */
async function runNetwork(
  opened: OpenedBackbone,
  places: readonly ExitPlace[],
  sides: readonly StoredImages[],
  { workers, signal, log }: CollectOptions,
): Promise<PooledFeatures | undefined> {
  const total = sides.reduce((sum, { labels }) => sum + labels.length, 0)
  const tell = tellSometimes(total, log)
  return withPooling(opened, places, async (pooling) => {
    const all: Float32Array[] = []
    let before = 0
    for (const images of sides) {
      const source: BatchSource = { workers, images, size: opened.input, augmentation: false }
      const pooled = await poolFeatures(source, {
        ...pooling,
        signal,
        onImages: (done) => tell(before + done),
      })
      if (pooled === undefined) return undefined
      all.push(...pooled)
      before += images.labels.length
    }
    return all
  })
}

/** After the first images, which tell how long it takes, and at each tenth. */
function tellSometimes(total: number, log: CollectOptions['log']): (done: number) => void {
  const startedAt = performance.now()
  let next = 1
  return (done) => {
    if (done < next && done < total) return
    next = done + Math.ceil(total / 10)
    const seconds = (performance.now() - startedAt) / 1000
    const secondsLeft = Math.round((seconds / done) * (total - done))
    log.info({ images: done, of: total, secondsLeft }, 'the network runs over the images once')
  }
}

/** @throws DDNN_MODEL_DAMAGED naming the first tensor that is none. */
function assertFinite(
  features: PooledFeatures,
  places: readonly ExitPlace[],
  { path }: BackboneChoice,
): void {
  const at = features.findIndex((values) => !isEveryFinite(values))
  if (at < 0) return
  throw new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected '${path}' to give finite numbers, got others in '${places[at % places.length]?.cut.name}'`,
    { hint: 'Say what it takes pixels as: --backbone-pixels' },
  )
}
