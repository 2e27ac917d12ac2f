// The end of one request's wait: as an AbortController with a time-out, which costs ten times as much, in
// time and in what must be collected (measured: 10 microseconds).
import { setMaxListeners } from 'node:events'
import { maxTimerMs } from '../../domain/budget.ts'

/** What of an AbortSignal a wait needs. Every AbortSignal is one. */
export interface Ending {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** Signals that as many follow as requests are under way: no leak, so no warning of one. */
const shared = new WeakSet<AbortSignal>()

/** Aborts after a time, with the signal that it follows, or when told to. `release` must be called when done. */
export class Deadline implements Ending {
  readonly #listeners = new Set<() => void>()
  readonly #timer: NodeJS.Timeout | undefined
  readonly #followed: AbortSignal | undefined
  #isAborted = false

  constructor(timeoutMs: number, followed?: AbortSignal) {
    this.#followed = followed
    if (timeoutMs <= 0 || followed?.aborted === true) {
      this.#isAborted = true
      return
    }
    // A timer beyond that would fire at once.
    this.#timer = setTimeout(this.abort, Math.min(timeoutMs, maxTimerMs))
    if (followed === undefined) return
    if (!shared.has(followed)) {
      shared.add(followed)
      setMaxListeners(0, followed)
    }
    followed.addEventListener('abort', this.abort, { once: true })
  }

  get aborted(): boolean {
    return this.#isAborted
  }

  /** Each listener is called once. */
  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.add(listener)
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener)
  }

  readonly abort = (): void => {
    if (this.#isAborted) return
    this.#isAborted = true
    this.release()
    const listeners = [...this.#listeners]
    this.#listeners.clear()
    for (const listener of listeners) listener()
  }

  /** Lets go of its timer and of the signal that it follows. */
  release(): void {
    clearTimeout(this.#timer)
    this.#followed?.removeEventListener('abort', this.abort)
  }
}
