// Nested time budgets: what is left of the asker's time, and what of it the front may have.

export interface Budget {
  /** Milliseconds left now; not below 0. */
  remainingMs(): number
}

/** Time that runs from now by a monotonic clock: no host's wall clock is compared with another's. */
export function startBudget(totalMs: number, now: () => number = () => performance.now()): Budget {
  const start = now()
  return { remainingMs: () => Math.max(0, totalMs - (now() - start)) }
}

/** The longest time that a timer of Node holds, milliseconds (25 days); a longer one fires at once. */
export const maxTimerMs = 2 ** 31 - 1
