// Keeps a process from ending in the middle of native work of a worker thread: an addon that comes back
// from a pass into an environment that is being torn down aborts the process (onnxruntime-node 1.30: two
// of nine times). So the last thing that the main thread does is to wait for the pass under way.

/** Longest that the end of the process is put off, milliseconds. */
const mostMs = 5000

const idle = 0
const busy = 1

/** One worker's, seen from both threads through `shared`. */
export class ExitGate {
  readonly shared: SharedArrayBuffer
  /** [idle or busy, 1 once the process ends]. */
  readonly #state: Int32Array

  constructor(shared = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
    this.shared = shared
    this.#state = new Int32Array(shared)
  }

  /** In the worker: runs `work`, unless the process is about to end; then it never settles. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    Atomics.store(this.#state, 0, busy)
    if (Atomics.load(this.#state, 1) === 1) {
      this.#rest()
      return new Promise<T>(() => undefined)
    }
    try {
      return await work()
    } finally {
      this.#rest()
    }
  }

  /** On the main thread: nothing begins any more; blocks until what is under way has ended. */
  close(withinMs: number): void {
    Atomics.store(this.#state, 1, 1)
    Atomics.wait(this.#state, 0, busy, withinMs)
  }

  #rest(): void {
    Atomics.store(this.#state, 0, idle)
    Atomics.notify(this.#state, 0)
  }
}

const open = new Set<ExitGate>()

/** Closes the gate when the process ends, until the function that it returns is called. */
export function closeAtExit(gate: ExitGate): () => void {
  if (open.size === 0) process.on('exit', closeAll)
  open.add(gate)
  return () => {
    open.delete(gate)
    if (open.size === 0) process.off('exit', closeAll)
  }
}

function closeAll(): void {
  const endAt = performance.now() + mostMs
  for (const gate of open) gate.close(Math.max(0, endAt - performance.now()))
}
