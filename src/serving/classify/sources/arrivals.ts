// What comes at any time, handed out one by one until a signal aborts.

export interface Arrivals<T> {
  add(item: T): void
  /** Ends the items by an error. */
  fail(error: Error): void
  /** To be read once. */
  all(): AsyncGenerator<T>
}

export function createArrivals<T>(signal: AbortSignal): Arrivals<T> {
  const waiting: T[] = []
  let failure: Error | undefined
  let wake = () => {}
  signal.addEventListener('abort', () => wake(), { once: true })
  return {
    add(item) {
      waiting.push(item)
      wake()
    },
    fail(error) {
      failure ??= error
      wake()
    },
    async *all() {
      while (!signal.aborted) {
        const next = waiting.shift()
        if (next !== undefined) yield next
        else if (failure !== undefined) throw failure
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}
