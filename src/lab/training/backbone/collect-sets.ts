// From decoded images to what heads learn from: the network runs once over each, or its features of an earlier
// run are read.
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { logitsOf } from '../../../domain/confidence.ts'
import { isEveryFinite } from '../../../domain/finite.ts'
import { ModelError } from '../../../errors.ts'
import type { Backbone } from '../../../model/backbone/backbone.ts'
import { namesIn } from '../../../model/file-traits.ts'
import { openProbe } from '../../../serving/engine/open-probe.ts'
import type { BatchSource } from '../batches.ts'
import type { InputWorkers } from '../input-workers.ts'
import type { PixelStore, StoredImages } from '../pixel-store.ts'
import type { BackboneChoice } from './choice.ts'
import type { HeadSet } from './fit-heads.ts'
import type { OpenedBackbone } from './open.ts'
import type { ExitPlace } from './places.ts'
import { channelsOf, FeatureFile, poolFeatures, type PooledFeatures } from './pooled-features.ts'

export interface CollectOptions {
  readonly choice: BackboneChoice
  /** Where features are kept for the next run. */
  readonly folder: string
  readonly workers: InputWorkers
  readonly signal: AbortSignal | undefined
  readonly log: { info(facts: object, message: string): void }
}

export interface CollectedSets {
  /** Features as the network gives them, of each place; logits where its own classifier answers. */
  readonly training: HeadSet
  readonly validation: HeadSet
  readonly file: FeatureFile
}

/** Undefined when the signal aborts. */
export async function collectSets(
  opened: OpenedBackbone,
  places: readonly ExitPlace[],
  store: PixelStore,
  options: CollectOptions,
): Promise<CollectedSets | undefined> {
  const { folder, log } = options
  const sides = [store.training, store.validation] as const
  const file = new FeatureFile(folder, {
    images: sides.map(({ hash }) => hash),
    places: places.map(({ cut }) => [cut.name, cut.shape]),
    input: opened.input,
    network: await factsOfFiles(options.choice.path),
  })
  const widths = places.map(({ cut }) => channelsOf(cut))
  const lengths = sides.flatMap(({ labels }) => widths.map((width) => width * labels.length))
  const kept = await file.read(lengths)
  if (kept !== undefined) log.info({ folder }, 'features are there already, of an earlier run')
  const features = kept ?? (await runNetwork(opened, places, sides, options))
  if (features === undefined) return undefined
  assertFinite(features, places, options.choice)
  if (kept === undefined) await file.write(features)
  const setOf = ({ labels, sets }: StoredImages, from: number): HeadSet => ({
    labels,
    sets,
    inputs: places.map((place, i) => inputsOf(place, opened.backbone, features[from + i])),
  })
  return {
    training: setOf(store.training, 0),
    validation: setOf(store.validation, places.length),
    file,
  }
}

/** Features of the training images, then of the others. */
async function runNetwork(
  { backbone, input }: OpenedBackbone,
  places: readonly ExitPlace[],
  sides: readonly StoredImages[],
  { workers, signal, log }: CollectOptions,
): Promise<PooledFeatures | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'ddnn-probe-'))
  try {
    const cuts = places.map(({ cut }) => cut)
    await backbone.writeProbe(
      folder,
      cuts.map(({ name }) => name),
    )
    const probe = await openProbe(folder, backbone.format)
    try {
      const total = sides.reduce((sum, { labels }) => sum + labels.length, 0)
      const tell = tellSometimes(total, log)
      const all: Float32Array[] = []
      let before = 0
      for (const images of sides) {
        const source: BatchSource = { workers, images, size: input, augmentation: false }
        const pooled = await poolFeatures(source, {
          ...{ probe, cuts, input, signal },
          batch: backbone.input.batch,
          onImages: (done) => tell(before + done),
        })
        if (pooled === undefined) return undefined
        all.push(...pooled)
        before += images.labels.length
      }
      return all
    } finally {
      probe.dispose()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
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

/** An own classifier's answers as logits `[images, classes]`; of a single unit they are 0 and its own. */
function inputsOf(
  { isOwn, cut }: ExitPlace,
  { gives }: Backbone,
  values: Float32Array = new Float32Array(0),
): Float32Array {
  if (!isOwn) return values.slice()
  if (channelsOf(cut) > 1) return Float32Array.from(logitsOf(values, gives))
  const logits = Float32Array.from(values, (value) =>
    gives === 'logits' ? value : Math.log(clip(value) / (1 - clip(value))),
  )
  return Float32Array.from({ length: 2 * logits.length }, (_, i) =>
    i % 2 === 0 ? 0 : (logits[(i - 1) / 2] as number),
  )
}

function clip(probability: number): number {
  return Math.min(1 - 1e-7, Math.max(1e-7, probability))
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

/** Names, sizes and times of the network's files; of one that is named by a file those beside it, its weights among them. */
async function factsOfFiles(path: string): Promise<unknown> {
  const whole = resolve(path)
  const isFile = (await stat(whole)).isFile()
  const folder = isFile ? dirname(whole) : whole
  const rows = ((await namesIn(folder)) ?? []).map(async (name) => {
    const { size, mtimeMs } = await stat(join(folder, name))
    return [name, size, mtimeMs]
  })
  return [whole, await Promise.all(rows)]
}
