// Batches of what came while the last batch was worked on.

/**
 * Works off what is given to it, one batch after the other.
 * @param countOf how many of those that wait, from the first, make the next batch; at least 1
 */
export function takeWaiting<T>(
  countOf: (waiting: readonly T[]) => number,
  work: (items: readonly T[]) => Promise<void>,
): (...items: readonly T[]) => void {
  const waiting: T[] = []
  let isWorking = false
  const workOff = async () => {
    isWorking = true
    while (waiting.length > 0) await work(waiting.splice(0, countOf(waiting)))
    isWorking = false
  }
  return (...items) => {
    waiting.push(...items)
    if (!isWorking) void workOff()
  }
}
