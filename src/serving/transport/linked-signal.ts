// Several ends of one wait. AbortSignal.any keeps something for each call at a signal that lives as
// long as the process (Node 20); here a call leaves nothing behind.

import { setMaxListeners } from 'node:events'

interface LinkedSignal {
  readonly signal: AbortSignal
  /** Lets go of the signals it follows. */
  release(): void
}

/** Aborts when any of the given signals does, or after `timeoutMs`. Call `release` when done. */
export function linkSignals(
  signals: readonly (AbortSignal | undefined)[],
  timeoutMs?: number,
): LinkedSignal {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  const abort = () => controller.abort()
  // A timer beyond 2^31 - 1 ms would fire at once.
  const timer =
    timeoutMs === undefined || timeoutMs <= 0
      ? undefined
      : setTimeout(abort, Math.min(timeoutMs, 2 ** 31 - 1))
  if (timeoutMs !== undefined && timeoutMs <= 0) abort()
  for (const signal of signals) {
    if (signal === undefined) continue
    if (signal.aborted) abort()
    // As many follow it as requests are under way: no leak, so no warning of one.
    setMaxListeners(0, signal)
    signal.addEventListener('abort', abort, { once: true })
  }
  return {
    signal: controller.signal,
    release() {
      clearTimeout(timer)
      for (const signal of signals) signal?.removeEventListener('abort', abort)
    },
  }
}

/** What was waited for had not come when the wait was over. */
export class NoAnswerError extends Error {
  constructor() {
    super('no answer in time')
    this.name = 'NoAnswerError'
  }
}

/**
 * The promise's outcome, or a rejection when the signal aborts first. The work itself goes on; what
 * becomes of it then is no one's concern.
 * @throws NoAnswerError when the signal aborts first.
 */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => undefined)
  let onAbort: (() => void) | undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(new NoAnswerError())
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort)
  }
}
