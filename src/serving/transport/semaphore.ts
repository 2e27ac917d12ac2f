// A bounded number of places, first come first served: who waits longer than it may goes away.

import type { Ending } from './deadline.ts'

export interface Semaphore {
  /**
   * Resolves with true when a place is the caller's, with false when none came before the signal
   * aborted. The place is given back by `leave`.
   */
  take(signal: Ending): Promise<boolean>
  leave(): void
}

/** `count` places. */
export function createSemaphore(count: number): Semaphore {
  let free = count
  // A Set keeps the order of arrival and lets go of one in the middle at no cost.
  const waiting = new Set<() => void>()
  return {
    take(signal) {
      if (signal.aborted) return Promise.resolve(false)
      if (free > 0) {
        free--
        return Promise.resolve(true)
      }
      return new Promise((resolve) => {
        const onTurn = () => {
          signal.removeEventListener('abort', onAbort)
          resolve(true)
        }
        const onAbort = () => {
          waiting.delete(onTurn)
          resolve(false)
        }
        waiting.add(onTurn)
        signal.addEventListener('abort', onAbort, { once: true })
      })
    },
    leave() {
      const [next] = waiting
      if (next === undefined) {
        free++
        return
      }
      waiting.delete(next)
      next()
    },
  }
}
