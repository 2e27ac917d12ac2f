// How large one sample's features are on their way to the next tier, by every codec, and what encoding and decoding
// cost.
import { featureCodecs, type FeatureCodec } from '../../domain/feature-codec.ts'
import { isEveryFinite } from '../../domain/finite.ts'
import type { Stage } from '../../serving/engine/engine.ts'
import { FrameError } from '../../errors.ts'
import { rememberedBytes } from '../../serving/wire/remembered.ts'
import { medianOf } from '../../report/percentile.ts'
import type { FrameFacts, Offload } from './scores.ts'
import { frameOf, writeFrame, type FeatureWay } from './send-features.ts'

/** A running mean, so that no sample's number is kept. */
export class Mean {
  #sum = 0
  #count = 0

  add(value: number): void {
    this.#sum += value
    this.#count++
  }

  /** Undefined where nothing was added. */
  read(): number | undefined {
    return this.#count === 0 ? undefined : this.#sum / this.#count
  }
}

/** Samples whose features are kept to time the codecs with. */
const keptSamples = 8
/** Rounds over them; the first one warms up. */
const rounds = 6

/** Sizes and costs of one stage's features. */
export class OffloadMeans {
  readonly #way: FeatureWay
  readonly #stage: Stage
  readonly #kept: Float32Array[] = []
  /** Without those that this Node does not write, or that have no room for a value. */
  readonly #means = new Map<FeatureCodec, Mean>(featureCodecs.map((codec) => [codec, new Mean()]))

  constructor(way: FeatureWay, stage: Stage) {
    this.#way = way
    this.#stage = stage
  }

  /** Features that are no numbers travel nowhere, and are not counted. */
  add(features: Float32Array): void {
    if (!isEveryFinite(features)) return
    if (this.#kept.length < keptSamples) this.#kept.push(Float32Array.from(features))
    for (const [codec, mean] of this.#means) {
      try {
        mean.add(frameOf(this.#way, this.#stage, features, codec).length)
      } catch (thrown) {
        if (!(thrown instanceof FrameError)) throw thrown
        this.#means.delete(codec)
      }
    }
  }

  /** Times the codecs, some hundred milliseconds; null where nothing was added. */
  read(codec: FeatureCodec): Offload | null {
    const frames = [...this.#means].flatMap(([name, mean]): FrameFacts[] => {
      const bytes = mean.read()
      return bytes === undefined ? [] : [{ codec: name, bytes, ...this.#time(name) }]
    })
    const memoryBytes = rememberedBytes(this.#way.memory)
    return frames.length === 0 ? null : { codec, frames, memoryBytes }
  }

  #time(codec: FeatureCodec): Pick<FrameFacts, 'encodeUs' | 'decodeUs'> {
    const encodeUs: number[] = []
    const decodeUs: number[] = []
    for (let round = 0; round < rounds; round++) {
      for (const features of this.#kept) {
        const slot = new Float32Array(features.length)
        const startedAt = performance.now()
        const frame = frameOf(this.#way, this.#stage, features, codec)
        const encodedAt = performance.now()
        writeFrame(this.#way, frame)(slot)
        if (round === 0) continue
        encodeUs.push((encodedAt - startedAt) * 1000)
        decodeUs.push((performance.now() - encodedAt) * 1000)
      }
    }
    return { encodeUs: medianOf(encodeUs), decodeUs: medianOf(decodeUs) }
  }
}
