// How large one sample's features are on their way to the next tier, in the forms they may travel in.
import { promisify } from 'node:util'
import { deflate } from 'node:zlib'
import { quantise, quantisedHeaderBytes } from '../domain/quantise.ts'
import type { OffloadBytes } from './scores.ts'

const deflateAsync = promisify(deflate)

/** Bytes of the values alone: a frame's header comes on top, a few hundred bytes whatever the form. */
export async function offloadBytesOf(features: Float32Array): Promise<OffloadBytes> {
  const { data } = quantise(features)
  // On libuv's threads, as decoding is.
  const deflated = await deflateAsync(data)
  return {
    float32: features.byteLength,
    int8: data.byteLength + quantisedHeaderBytes,
    int8Deflate: deflated.byteLength + quantisedHeaderBytes,
  }
}

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

export class OffloadMeans {
  readonly #float32 = new Mean()
  readonly #int8 = new Mean()
  readonly #int8Deflate = new Mean()

  add(bytes: OffloadBytes): void {
    this.#float32.add(bytes.float32)
    this.#int8.add(bytes.int8)
    this.#int8Deflate.add(bytes.int8Deflate)
  }

  /** null where nothing was added. */
  read(): OffloadBytes | null {
    const float32 = this.#float32.read()
    const int8 = this.#int8.read()
    const int8Deflate = this.#int8Deflate.read()
    if (float32 === undefined || int8 === undefined || int8Deflate === undefined) return null
    return { float32, int8, int8Deflate }
  }
}
