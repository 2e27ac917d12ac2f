// Gathers the samples of one stage into batches. A sample is written into its slot only when its batch
// is made up, so that a batch never has more than its share while another worker is idle, and each
// input is copied exactly once: from where it was received into the buffer that goes to the worker.
import { ModelError } from '../../../errors.ts'
import { BatchBuffers, type BatchBuffersOptions } from './batch-buffers.ts'
import type { StageRun, WriteSample } from '../engine.ts'
import type { BatchOutputs } from './runtime.ts'

interface BatcherOptions extends BatchBuffersOptions {
  /** 0 = whatever waits when a worker is free. */
  readonly maxQueueDelayMs: number
  /** Called when a batch may leave; `take` fetches it, now or later. */
  readonly onReady: () => void
}

/**
 * Samples that leave together. Exactly one of `finish`, `lose` and `fail` is called, when no thread reads
 * `input` any more: the next batch is written into it.
 */
export interface Batch<Memory = SharedArrayBuffer> {
  /** `count` samples from its beginning; may be longer than they are. */
  readonly input: Memory
  readonly count: number
  /** Answers every sample. */
  finish(outputs: BatchOutputs, computeMs: number): void
  /**
   * The worker died under it. Its samples go back to the head of the queue, each for a batch of its own, so
   * that one which kills every worker takes no other with it; who was lost before is rejected.
   */
  lose(error: Error): void
  /** Rejects every sample. */
  fail(error: Error): void
}

interface Waiting {
  readonly write: WriteSample
  readonly signal: AbortSignal | undefined
  readonly since: number
  /** Whether a worker died under it before. */
  readonly isRetry: boolean
  readonly resolve: (run: StageRun) => void
  readonly reject: (error: Error) => void
}

export class Batcher {
  readonly #options: BatcherOptions
  readonly #waiting: Waiting[] = []
  readonly #shared: BatchBuffers<SharedArrayBuffer>
  readonly #own: BatchBuffers<ArrayBuffer>
  /** Set while the oldest sample still waits for company. */
  #timer: NodeJS.Timeout | undefined
  #isDue = false
  #isImmediate = false

  constructor(options: BatcherOptions) {
    this.#options = options
    this.#shared = new BatchBuffers((bytes) => new SharedArrayBuffer(bytes), options)
    this.#own = new BatchBuffers((bytes) => new ArrayBuffer(bytes), options)
  }

  /** Samples that no batch has taken yet. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** When the oldest sample came, if a batch may leave now; undefined otherwise. */
  get readySince(): number | undefined {
    const [oldest] = this.#waiting
    const isFull = this.#waiting.length >= this.#options.maxBatchSize
    return isFull || this.#isDue || oldest?.isRetry === true ? oldest?.since : undefined
  }

  /** Whether a batch of the largest size waits: nobody who comes later could join it. */
  get isFull(): boolean {
    const [oldest] = this.#waiting
    return this.#waiting.length >= this.#options.maxBatchSize && oldest?.isRetry === false
  }

  /** Whether the oldest sample's worker died under it. */
  get isRetry(): boolean {
    return this.#waiting[0]?.isRetry === true
  }

  /** Resolves when the sample's batch has run. Rejects with what `write` throws, or the signal's reason. */
  run(write: WriteSample, signal?: AbortSignal): Promise<StageRun> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        write,
        signal,
        since: performance.now(),
        isRetry: false,
        resolve,
        reject,
      })
      if (this.#waiting.length >= this.#options.maxBatchSize) this.#options.onReady()
      else this.#schedule()
    })
  }

  /**
   * Makes up a batch of at most `most` samples for a worker; undefined where every `write` threw.
   * Samples that stay behind keep their place and their time.
   */
  take(most: number): Batch | undefined {
    return this.#takeInto(this.#shared, most)
  }

  /** As `take`, of all that wait, for this thread. */
  takeOwn(): Batch<ArrayBuffer> | undefined {
    return this.#takeInto(this.#own, this.#waiting.length)
  }

  #takeInto<Memory extends ArrayBuffer | SharedArrayBuffer>(
    buffers: BatchBuffers<Memory>,
    most: number,
  ): Batch<Memory> | undefined {
    const { sampleLength, maxBatchSize } = this.#options
    const size = Math.min(this.isRetry ? 1 : most, maxBatchSize, this.#waiting.length)
    if (size < 1) return undefined
    const input = buffers.take(size)
    const takenAt = performance.now()
    const taken: Waiting[] = []
    while (taken.length < size) {
      const sample = this.#waiting.shift()
      if (sample === undefined) break
      const offset = taken.length * sampleLength * Float32Array.BYTES_PER_ELEMENT
      try {
        // Nobody waits for it any more: its place goes to one that is waited for.
        sample.signal?.throwIfAborted()
        sample.write(new Float32Array(input, offset, sampleLength))
        taken.push(sample)
      } catch (thrown) {
        // Its slot is closed up: the next sample is written over it.
        sample.reject(thrown instanceof Error ? thrown : new Error(String(thrown)))
      }
    }
    this.#afterTake()
    if (taken.length > 0) {
      return this.#batch(input, () => buffers.giveBack(input), taken, takenAt)
    }
    buffers.giveBack(input)
    return undefined
  }

  /** Rejects all that wait. */
  rejectWaiting(error: Error): void {
    for (const sample of this.#waiting.splice(0)) sample.reject(error)
    this.#afterTake()
  }

  #batch<Memory>(
    input: Memory,
    giveBack: () => void,
    taken: readonly Waiting[],
    takenAt: number,
  ): Batch<Memory> {
    return {
      input,
      count: taken.length,
      finish: (outputs, computeMs) => {
        giveBack()
        for (const [index, sample] of taken.entries()) {
          sample.resolve({
            features: rowOf(outputs.features, index, taken.length),
            // Copied: a few numbers, which would keep the whole batch in memory otherwise.
            exits: outputs.exits.map((exit) => rowOf(exit, index, taken.length).slice()),
            queueMs: takenAt - sample.since,
            computeMs,
            batchSize: taken.length,
            isFirst: index === 0,
          })
        }
      },
      lose: (error) => {
        giveBack()
        for (const sample of taken) if (sample.isRetry) sample.reject(error)
        const again = taken.filter(({ isRetry }) => !isRetry)
        this.#waiting.unshift(...again.map((sample) => ({ ...sample, isRetry: true })))
      },
      fail: (error) => {
        giveBack()
        for (const sample of taken) sample.reject(error)
      },
    }
  }

  /** Sees to it that what waits becomes due. */
  #schedule(): void {
    const oldest = this.#waiting[0]
    if (oldest === undefined || this.#isDue || this.#isImmediate || this.#timer !== undefined)
      return
    const leftMs = oldest.since + this.#options.maxQueueDelayMs - performance.now()
    if (this.#options.maxQueueDelayMs > 0 && leftMs > 0) {
      this.#timer = setTimeout(() => this.#becomeDue(), Math.ceil(leftMs))
      return
    }
    // Not at once: samples that come in the same turn of the event loop (all records of one fetch, all
    // stayers of one batch) belong together.
    this.#isImmediate = true
    setImmediate(() => this.#becomeDue())
  }

  #becomeDue(): void {
    this.#timer = undefined
    this.#isImmediate = false
    if (this.#waiting.length === 0) return
    this.#isDue = true
    this.#options.onReady()
  }

  /** Who stays behind is due by its own time, not by that of who left. */
  #afterTake(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const oldest = this.#waiting[0]
    this.#isDue =
      oldest !== undefined && performance.now() - oldest.since >= this.#options.maxQueueDelayMs
    this.#schedule()
  }
}

function rowOf(values: Float32Array, index: number, count: number): Float32Array
function rowOf(
  values: Float32Array | undefined,
  index: number,
  count: number,
): Float32Array | undefined
function rowOf(
  values: Float32Array | undefined,
  index: number,
  count: number,
): Float32Array | undefined {
  if (values === undefined) return undefined
  const length = values.length / count
  return values.subarray(index * length, (index + 1) * length)
}

/** The engine was disposed, or no worker of it is left. */
export function engineGone(why: string): ModelError {
  return new ModelError('DDNN_ENGINE_FAILED', `Expected a running engine, got one that ${why}`)
}
