// What a cascade does on a set of samples, as people and reports read it. Pure.
import { tallyOf, type ExitColumns, type Tally } from './exit-columns.ts'

export interface CascadeMeasure {
  readonly samples: number
  /** All shares are 0 to 1; NaN where there are no samples. */
  readonly accuracy: number
  /** Accuracy if all went to the last exit. */
  readonly lastAccuracy: number
  /** Accuracy lost to the last exit; below 0 where early exits are right more often. */
  readonly loss: number
  /** Share that the cascade gets wrong where the last exit is right: the risk that is bounded. */
  readonly harmed: number
  /** Samples of that share. */
  readonly harmedCount: number
  /** Share that leaves at each exit. */
  readonly shares: readonly number[]
  /** Mean and 95th percentile over samples of the exits' expected times, milliseconds. */
  readonly meanMs: number
  readonly p95Ms: number
}

/** Runs the cascade over the table; `exitMs` is the expected time of a sample that leaves at each exit. */
export function measureCascade(
  table: ExitColumns,
  thresholds: readonly number[],
  exitMs: readonly number[],
): CascadeMeasure {
  return measureTally(tallyOf(table, thresholds), exitMs)
}

/** The same of what was counted. */
export function measureTally(
  { samples, right, harmed, left, lastRight }: Tally,
  exitMs: readonly number[],
): CascadeMeasure {
  const shares = Array.from(left, (count) => count / samples)
  return {
    samples,
    accuracy: right / samples,
    lastAccuracy: lastRight / samples,
    loss: (lastRight - right) / samples,
    harmed: harmed / samples,
    harmedCount: harmed,
    shares,
    meanMs: shares.reduce((sum, share, exit) => sum + share * (exitMs[exit] ?? 0), 0),
    p95Ms: percentileMs(left, exitMs, 0.95),
  }
}

/** The least time within which this share of the samples is answered (nearest rank); NaN of none. */
function percentileMs(left: ArrayLike<number>, exitMs: readonly number[], share: number): number {
  const fastest = exitMs
    .map((ms, exit) => ({ ms, count: left[exit] ?? 0 }))
    .sort((a, b) => a.ms - b.ms)
  const samples = fastest.reduce((sum, { count }) => sum + count, 0)
  let answered = 0
  for (const { ms, count } of fastest) {
    answered += count
    if (count > 0 && answered >= share * samples) return ms
  }
  return Number.NaN
}
