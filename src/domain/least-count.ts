/** So many that no one will gather as many samples. */
const beyondReach = 1e9

/** The least whole number from `from` on for which it holds, where it holds for all above one; Infinity where that is out of reach. Pure. */
export function leastCount(from: number, holds: (count: number) => boolean): number {
  let low = from - 1
  let high = from
  while (!holds(high)) {
    low = high
    high *= 2
    if (high > beyondReach) return Infinity
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (holds(middle)) high = middle
    else low = middle
  }
  return high
}
