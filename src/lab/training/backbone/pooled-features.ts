// A backbone run once over all images: of each place the average of every channel, which is all that a head sees.
// Some kB an image, so the whole set is in memory, and on disk for the next run.
import { createHash } from 'node:crypto'
import { open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Probe } from '../../../serving/engine/open-probe.ts'
import type { BackboneCut } from '../../../model/backbone/backbone.ts'
import { readBatches, type BatchPlan, type BatchSource } from '../batches.ts'
import { toNetwork, type BackboneInput } from './input.ts'

/** Of each place, float32 `[images, channels]`, row-major. */
export type PooledFeatures = readonly Float32Array[]

/** A network opened to give the tensors of all places. */
export interface Pooling {
  readonly probe: Pick<Probe, 'pass'>
  /** In the order of the probe's outputs. */
  readonly cuts: readonly BackboneCut[]
  readonly input: BackboneInput
  /** Samples that every pass has; undefined where any number will do. */
  readonly batch: number | undefined
}

interface PoolContext extends Pooling {
  readonly signal: AbortSignal | undefined
  /** After each batch, images of this source that are done. */
  readonly onImages: (done: number) => void
}

const usualBatch = 16

/** Channels of a place: as many as its head has inputs. */
export function channelsOf({ shape, layout }: BackboneCut): number {
  return (layout === 'nchw' ? shape[0] : shape.at(-1)) ?? 0
}

/** Of all images of the source. Undefined when the signal aborts. */
export async function poolFeatures(
  source: BatchSource,
  context: PoolContext,
): Promise<PooledFeatures | undefined> {
  const { cuts, batch = usualBatch, signal, onImages } = context
  const count = source.images.labels.length
  const pooled = cuts.map((cut) => new Float32Array(count * channelsOf(cut)))
  let done = 0
  for await (const { pixels, indices } of readBatches(source, inOrder(count, batch))) {
    if (signal?.aborted === true) return undefined
    const given = await poolImages(pixels, indices.length, context)
    for (const [i, cut] of cuts.entries()) {
      pooled[i]?.set(given[i] as Float32Array, done * channelsOf(cut))
    }
    done += indices.length
    onImages(done)
  }
  return pooled
}

/** Of float32 `[count, height, width, 3]` in [0, 1], in memory of their own. */
export async function poolImages(
  pixels: Float32Array,
  count: number,
  { probe, cuts, input, batch }: Pooling,
): Promise<PooledFeatures> {
  const pooled = cuts.map((cut) => new Float32Array(count * channelsOf(cut)))
  const floats = input.height * input.width * 3
  for (let from = 0; from < count; from += batch ?? usualBatch) {
    const length = Math.min(batch ?? usualBatch, count - from)
    const size = batch ?? length
    let given = pixels.subarray(from * floats, (from + length) * floats)
    if (size > length) {
      const padded = new Float32Array(size * floats)
      padded.set(given)
      given = padded
    }
    const outputs = await probe.pass(toNetwork(given, size, input), [size, ...input.shape])
    for (const [i, cut] of cuts.entries()) {
      const values = outputs[i]?.values ?? new Float32Array(0)
      averageChannels(values, cut, length, pooled[i] as Float32Array, from)
    }
  }
  return pooled
}

/** Averages over the places of each channel, into the rows from `row` on. */
function averageChannels(
  values: Float32Array,
  cut: BackboneCut,
  count: number,
  pooled: Float32Array,
  row: number,
): void {
  const channels = channelsOf(cut)
  const area = cut.shape.reduce((product, axis) => product * axis, 1) / channels
  // Distance of a channel's places, and of channels.
  const [place, channel] = cut.layout === 'nchw' ? [1, area] : [channels, 1]
  for (let sample = 0; sample < count; sample++) {
    for (let c = 0; c < channels; c++) {
      let sum = 0
      let at = sample * area * channels + c * channel
      for (let i = 0; i < area; i++, at += place) sum += values[at] as number
      pooled[(row + sample) * channels + c] = sum / area
    }
  }
}

function* inOrder(count: number, batch: number): Generator<BatchPlan> {
  for (let from = 0; from < count; from += batch) {
    const length = Math.min(batch, count - from)
    yield { indices: Array.from({ length }, (_, i) => from + i), seeds: [] }
  }
}

const prefix = 'ddnn-features-'

/** Features of a run that had the same images, network and places. */
export class FeatureFile {
  readonly #file: string

  /** @param facts all that the features follow from */
  constructor(folder: string, facts: unknown) {
    const key = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 16)
    this.#file = join(folder, `${prefix}${key}.raw`)
  }

  /** Undefined where there are none of these lengths. */
  async read(lengths: readonly number[]): Promise<PooledFeatures | undefined> {
    const file = await open(this.#file).catch(() => undefined)
    if (file === undefined) return undefined
    try {
      const all = new Float32Array(lengths.reduce((sum, length) => sum + length, 0))
      const bytes = bytesOf(all)
      if ((await file.stat()).size !== bytes.length) return undefined
      for (let at = 0; at < bytes.length;) {
        const { bytesRead } = await file.read(bytes, at, bytes.length - at, at)
        if (bytesRead === 0) return undefined
        at += bytesRead
      }
      let from = 0
      return lengths.map((length) => all.subarray(from, (from += length)))
    } finally {
      await file.close()
    }
  }

  async write(features: PooledFeatures): Promise<void> {
    const partial = `${this.#file}.partial`
    const file = await open(partial, 'w')
    try {
      // Each goes on where the last one ended.
      for (const values of features) await file.writeFile(bytesOf(values))
    } finally {
      await file.close()
    }
    await rename(partial, this.#file)
  }
}

/** Of a folder whose run is over: a run that went on with its layers has never opened them. */
export async function removeFeatures(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  const own = names.filter((name) => name.startsWith(prefix))
  await Promise.all(own.map((name) => rm(join(folder, name), { force: true })))
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
