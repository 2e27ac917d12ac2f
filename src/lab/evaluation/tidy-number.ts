// Thresholds that people can read: the shortest decimal that decides the same. Pure.

/**
 * The decimal with the fewest digits in (`below`, `at`]: a threshold there lets the same samples leave as
 * `at` does. `below` -Infinity (nothing is less sure) counts as a little under `at`, so that what is less
 * sure than anything seen does not leave.
 */
export function tidyBetween(below: number, at: number): number {
  const floor = Number.isFinite(below) ? below : at - 0.01
  for (let digits = 0; digits <= 15; digits++) {
    const scale = 10 ** digits
    const value = Math.floor(at * scale) / scale
    if (value > floor && value <= at) return value === 0 ? 0 : value
  }
  return at
}
