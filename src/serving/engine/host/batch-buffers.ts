// The memory of one stage's batches. Of those that go to workers it is shared, since a buffer that is
// transferred counts as new memory of the thread each time it arrives: 12 MB for a batch of 32 photos
// there and back made V8 collect all garbage every two or three images. Shared memory counts nowhere.

export interface BatchBuffersOptions {
  /** float32 values of one sample. */
  readonly sampleLength: number
  readonly maxBatchSize: number
}

export class BatchBuffers<Memory extends ArrayBuffer | SharedArrayBuffer> {
  readonly #create: (bytes: number) => Memory
  readonly #sampleBytes: number
  readonly #maxBatchSize: number
  /** Nobody's, smallest first. */
  readonly #spare: Memory[] = []

  constructor(
    create: (bytes: number) => Memory,
    { sampleLength, maxBatchSize }: BatchBuffersOptions,
  ) {
    this.#create = create
    this.#sampleBytes = sampleLength * Float32Array.BYTES_PER_ELEMENT
    this.#maxBatchSize = maxBatchSize
  }

  /**
   * A buffer for at least `count` samples, from 1 to maxBatchSize; the caller's alone until it is given
   * back. Not zeroed.
   */
  take(count: number): Memory {
    const fitting = this.#spare.findIndex(
      ({ byteLength }) => byteLength >= count * this.#sampleBytes,
    )
    if (fitting !== -1) return this.#spare.splice(fitting, 1)[0] as Memory
    // In place of one that is too small, so that there are never more than batches were under way at
    // once, and each is made anew a few times in its life only.
    this.#spare.pop()
    const samples = Math.min(2 ** Math.ceil(Math.log2(count)), this.#maxBatchSize)
    return this.#create(samples * this.#sampleBytes)
  }

  /** Takes back what `take` gave, once no thread reads or writes it any more. */
  giveBack(buffer: Memory): void {
    this.#spare.push(buffer)
    this.#spare.sort((a, b) => a.byteLength - b.byteLength)
  }
}
