// MLPerf's server scenario: the highest rate of arrivals at which a contestant keeps its latency bound.
import type { BenchRow } from './result.ts'

interface RateSearch {
  /** The 99th percentile may take so long, milliseconds. */
  readonly boundMs: number
  /** Where the search begins, samples a second. */
  readonly firstRate: number
  /** The rate found is within this share of the lowest that failed. */
  readonly precision: number
  /** Trials at most. */
  readonly trials: number
}

/**
 * Doubles (or halves) until one rate holds and the next one does not, then halves the interval. `trial` runs the
 * load at a rate. Every trial is a row; `isHeld` says how it ended. A sample that fails breaks the bound.
 */
export async function findRate(
  { boundMs, firstRate, precision, trials }: RateSearch,
  trial: (rate: number) => Promise<BenchRow>,
  onRow: (row: BenchRow) => void,
): Promise<void> {
  let done = 0
  let held = 0
  let failed = Infinity
  let rate = firstRate
  while (done++ < trials && failed > held * (1 + precision)) {
    const row = await trial(rate)
    const isHeld = row.latency.p99 <= boundMs && Object.keys(row.failures).length === 0
    onRow({ ...row, isHeld })
    if (isHeld) held = Math.max(held, rate)
    else failed = Math.min(failed, rate)
    if (failed === Infinity) rate = held * 2
    else rate = held === 0 ? failed / 2 : (held + failed) / 2
  }
}
