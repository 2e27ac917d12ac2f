// Waiting for 'something changed': who waits looks at what it waits for again when it is woken.

export interface Condition {
  /** Resolves at the next `wake`, or after this time. */
  wait(timeoutMs: number): Promise<void>
  wake(): void
}

/** A condition for any number of waiters. */
export function createCondition(): Condition {
  const waiters = new Set<() => void>()
  return {
    wait: (timeoutMs) =>
      new Promise((resolve) => {
        const end = () => {
          clearTimeout(timer)
          waiters.delete(end)
          resolve()
        }
        const timer = setTimeout(end, timeoutMs)
        waiters.add(end)
      }),
    wake() {
      for (const end of [...waiters]) end()
    },
  }
}
