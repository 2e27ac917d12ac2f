// Opens sessions, counts those that are open, and lends them memory for their inputs: what the runtime
// holds at any time is known here.
import type { RuntimeMemory } from '../host/runtime.ts'
import type { Ort, OrtSession, SessionOptions } from './ort.ts'

/** An ONNX model: a file's path, or the bytes of one. */
export interface ModelSource {
  readonly model: string | Uint8Array
  /** Of the model, as it is stored. */
  readonly byteLength: number
}

export interface OpenSession {
  readonly session: OrtSession
  /** Idempotent; not while a pass runs. */
  readonly close: () => void
}

export class Sessions {
  readonly ort: Ort
  #count = 0
  #bytes = 0
  /** Nobody's: one, unless passes of two models ran at once. */
  readonly #spare: ArrayBuffer[] = []

  constructor(ort: Ort) {
    this.ort = ort
  }

  /** Throws what onnxruntime says of a model that it does not load. */
  async open({ model, byteLength }: ModelSource, threads: number): Promise<OpenSession> {
    const session = await this.ort.InferenceSession.create(model, optionsFor(threads))
    this.#count += 1
    this.#bytes += byteLength
    let isOpen = true
    return {
      session,
      close: () => {
        if (!isOpen) return
        isOpen = false
        void session.release()
        this.#count -= 1
        this.#bytes -= byteLength
        if (this.#count === 0) this.#spare.length = 0
      },
    }
  }

  /** Memory for an input, the caller's alone until it is given back. Not zeroed. */
  take(bytes: number): ArrayBuffer {
    const spare = this.#spare.pop()
    // One that is too small is left to the garbage collector: sizes grow a few times only.
    return spare !== undefined && spare.byteLength >= bytes ? spare : new ArrayBuffer(bytes)
  }

  giveBack(buffer: ArrayBuffer): void {
    if (this.#count > 0) this.#spare.push(buffer)
  }

  memory(): RuntimeMemory {
    const spare = this.#spare.reduce((sum, { byteLength }) => sum + byteLength, 0)
    return { tensors: this.#count, bytes: this.#bytes + spare }
  }
}

function optionsFor(threads: number): SessionOptions {
  return {
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    interOpNumThreads: 1,
    intraOpNumThreads: threads,
    enableCpuMemArena: true,
    // A plan for each size of batch that ever came: with the arena alone memory stays as it is after the
    // largest batch, and passes take the same time (measured, 1.30).
    enableMemPattern: false,
    logSeverityLevel: 4,
    // Threads that wait for the next pass with a loop took 21 ms of CPU for a pass of 0.3 ms (measured, 1.30).
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  }
}
