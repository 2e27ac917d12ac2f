// Least squares over samples of a long run: how much something grows an hour. Pure.

/**
 * Slope an hour of `[{ seconds, value }]`, and half its 95 % interval (residuals taken as independent, which those
 * of a garbage collector are not: it is a guide). Undefined for fewer than three samples.
 */
export function slopeOf(samples) {
  const n = samples.length
  if (n < 3) return undefined
  const meanX = samples.reduce((sum, { seconds }) => sum + seconds, 0) / n
  const meanY = samples.reduce((sum, { value }) => sum + value, 0) / n
  const xx = samples.reduce((sum, { seconds }) => sum + (seconds - meanX) ** 2, 0)
  const xy = samples.reduce(
    (sum, { seconds, value }) => sum + (seconds - meanX) * (value - meanY),
    0,
  )
  const slope = xy / xx
  const residuals = samples.reduce(
    (sum, { seconds, value }) => sum + (value - meanY - slope * (seconds - meanX)) ** 2,
    0,
  )
  const error = Math.sqrt(residuals / (n - 2) / xx)
  return { perHour: slope * 3600, plusMinus: 1.96 * error * 3600 }
}
