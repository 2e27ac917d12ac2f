// The one policy of waiting before a new attempt; whether there is one is the error's `retriable`.
import { setTimeout } from 'node:timers/promises'

export interface Backoff {
  /** Waits before the next attempt, longer each time. Rejects when the signal aborts. */
  wait(signal?: AbortSignal): Promise<void>
}

/** 100 ms, doubled up to 2 s, spread by a fifth so that replicas do not come back all at once. */
export function createBackoff(firstMs = 100, mostMs = 2000): Backoff {
  let nextMs = firstMs
  return {
    async wait(signal) {
      const delayMs = nextMs * (0.8 + 0.4 * Math.random())
      nextMs = Math.min(nextMs * 2, mostMs)
      await setTimeout(delayMs, undefined, signal === undefined ? {} : { signal })
    },
  }
}
