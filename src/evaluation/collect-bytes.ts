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

/** Running means, so that no sample's numbers are kept. */
export class OffloadMeans {
  #float32 = 0
  #int8 = 0
  #int8Deflate = 0
  #count = 0

  add(bytes: OffloadBytes): void {
    this.#float32 += bytes.float32
    this.#int8 += bytes.int8
    this.#int8Deflate += bytes.int8Deflate
    this.#count++
  }

  /** null where nothing was added. */
  read(): OffloadBytes | null {
    if (this.#count === 0) return null
    return {
      float32: this.#float32 / this.#count,
      int8: this.#int8 / this.#count,
      int8Deflate: this.#int8Deflate / this.#count,
    }
  }
}
