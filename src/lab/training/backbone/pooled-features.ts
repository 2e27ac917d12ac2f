// A backbone run once over all images: of each place the average of every channel, which is all that a head sees.
// Some kB an image, so the whole set is in memory, and on disk for the next run.
import { createHash } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Probe } from '../../../serving/engine/open-probe.ts'
import type { BackboneCut } from '../../../model/backbone/backbone.ts'
import { readBatches, type BatchPlan, type BatchSource } from '../batches.ts'
import { toNetwork, type BackboneInput } from './input.ts'

/** Of each place, float32 `[images, channels]`, row-major. */
export type PooledFeatures = readonly Float32Array[]

interface PoolContext {
  readonly probe: Pick<Probe, 'pass'>
  /** In the order of the probe's outputs. */
  readonly cuts: readonly BackboneCut[]
  readonly input: BackboneInput
  /** Samples that every pass has; undefined where any number will do. */
  readonly batch: number | undefined
  readonly signal: AbortSignal | undefined
  /** After each batch, images of this source that are done. */
  readonly onImages: (done: number) => void
}

/** Channels of a place: as many as its head has inputs. */
export function channelsOf({ shape, layout }: BackboneCut): number {
  return (layout === 'nchw' ? shape[0] : shape.at(-1)) ?? 0
}

/** Undefined when the signal aborts. */
export async function poolFeatures(
  source: BatchSource,
  context: PoolContext,
): Promise<PooledFeatures | undefined> {
  const { probe, cuts, input, batch = 16, signal, onImages } = context
  const count = source.images.labels.length
  const pooled = cuts.map((cut) => new Float32Array(count * channelsOf(cut)))
  const imageFloats = input.height * input.width * 3
  let done = 0
  for await (const { pixels, indices } of readBatches(source, inOrder(count, batch))) {
    if (signal?.aborted === true) return undefined
    const size = context.batch === undefined ? indices.length : batch
    let given = pixels
    if (size > indices.length) {
      given = new Float32Array(size * imageFloats)
      given.set(pixels)
    }
    const outputs = await probe.pass(toNetwork(given, size, input), [size, ...input.shape])
    for (const [i, cut] of cuts.entries()) {
      const values = outputs[i]?.values ?? new Float32Array(0)
      averageChannels(values, cut, indices.length, pooled[i] as Float32Array, done)
    }
    done += indices.length
    onImages(done)
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

/** Features of a run that had the same images, network and places. */
export class FeatureFile {
  readonly #file: string

  /** @param facts all that the features follow from */
  constructor(folder: string, facts: unknown) {
    const key = createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 16)
    this.#file = join(folder, `ddnn-features-${key}.raw`)
  }

  /** Undefined where there are none of these lengths. */
  async read(lengths: readonly number[]): Promise<PooledFeatures | undefined> {
    const bytes = await readFile(this.#file).catch(() => undefined)
    const total = lengths.reduce((sum, length) => sum + length, 0)
    if (bytes?.byteLength !== total * Float32Array.BYTES_PER_ELEMENT) return undefined
    const all = new Float32Array(total)
    Buffer.from(all.buffer).set(bytes)
    let from = 0
    return lengths.map((length) => all.subarray(from, (from += length)))
  }

  async write(features: PooledFeatures): Promise<void> {
    const partial = `${this.#file}.partial`
    const parts = features.map(({ buffer, byteOffset, byteLength }) =>
      Buffer.from(buffer, byteOffset, byteLength),
    )
    await writeFile(partial, Buffer.concat(parts))
    await rename(partial, this.#file)
  }

  /** Idempotent. */
  async remove(): Promise<void> {
    await rm(this.#file, { force: true })
  }
}
