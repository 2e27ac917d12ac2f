// How long answers took: percentiles by nearest rank, and the share of answers within each time (ECDF). Pure.
import { percentile } from '../percentile.ts'

/** Milliseconds. */
export interface Latency {
  readonly count: number
  readonly p50: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

export const latencyPercents = [50, 90, 95, 99] as const

/** Ascending; undefined values are left out. */
export function sortedTimes(times: Iterable<number | undefined>): Float64Array {
  const known: number[] = []
  for (const time of times) if (time !== undefined) known.push(time)
  return Float64Array.from(known).sort()
}

/** Undefined of none. */
export function latencyOf(sorted: Float64Array): Latency | undefined {
  const max = sorted.at(-1)
  if (max === undefined) return undefined
  const [p50 = 0, p90 = 0, p95 = 0, p99 = 0] = latencyPercents.map((p) => percentile(sorted, p))
  return { count: sorted.length, p50, p90, p95, p99, max }
}

/** Steps of a curve at most: more cannot be seen, and a page of them would be large. */
const maxSteps = 200

/**
 * [milliseconds, share of answers within them] as the corners of steps, rising from 0; every value where they are few,
 * else quantiles at equal distances with the first and the last. A logarithmic axis has no 0: times of 0 are left out,
 * and count.
 */
export function ecdfOf(sorted: Float64Array): readonly (readonly [number, number])[] {
  const { length } = sorted
  const steps = Math.min(length, maxSteps)
  const ranks = Array.from({ length: steps }, (_, i) =>
    steps === 1 ? 0 : Math.round((i * (length - 1)) / (steps - 1)),
  )
  const points: [number, number][] = []
  let below = 0
  for (const rank of ranks) {
    const time = sorted[rank] as number
    const share = (rank + 1) / length
    if (time > 0) points.push([time, below], [time, share])
    below = share
  }
  return points
}
