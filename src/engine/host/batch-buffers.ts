// The memory in which the batches of one stage go to the workers. Shared, since a buffer that is
// transferred counts as new memory of the thread each time it arrives: 12 MB for a batch of 32 photos
// there and back made V8 collect all garbage every two or three images. Shared memory counts nowhere.

export interface BatchBuffersOptions {
  /** float32 values of one sample. */
  readonly sampleLength: number
  readonly maxBatchSize: number
}

export class BatchBuffers {
  readonly #sampleBytes: number
  readonly #maxBatchSize: number
  /** Nobody's, smallest first. */
  readonly #spare: SharedArrayBuffer[] = []

  constructor({ sampleLength, maxBatchSize }: BatchBuffersOptions) {
    this.#sampleBytes = sampleLength * Float32Array.BYTES_PER_ELEMENT
    this.#maxBatchSize = maxBatchSize
  }

  /**
   * A buffer for at least `count` samples, from 1 to maxBatchSize; the caller's alone until it is given
   * back. Not zeroed.
   */
  take(count: number): SharedArrayBuffer {
    const fitting = this.#spare.findIndex(
      ({ byteLength }) => byteLength >= count * this.#sampleBytes,
    )
    if (fitting !== -1) return this.#spare.splice(fitting, 1)[0] as SharedArrayBuffer
    // In place of one that is too small, so that there are never more than batches were under way at
    // once, and each is made anew a few times in its life only.
    this.#spare.pop()
    const samples = Math.min(2 ** Math.ceil(Math.log2(count)), this.#maxBatchSize)
    return new SharedArrayBuffer(samples * this.#sampleBytes)
  }

  /** Takes back what `take` gave, once no thread reads or writes it any more. */
  giveBack(buffer: SharedArrayBuffer): void {
    this.#spare.push(buffer)
    this.#spare.sort((a, b) => a.byteLength - b.byteLength)
  }
}
