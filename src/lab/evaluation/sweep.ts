// BranchyNet's table (Teerapittayanon et al. 2016, Table I): what a sweep of thresholds gives in accuracy,
// time, gain and exits. Pure.
import type { ConfidenceName } from '../../domain/confidence.ts'
import { tallyOf, type ExitColumns, type Tally } from './exit-columns.ts'
import { measureCascade, type CascadeMeasure } from './measure-cascade.ts'
import { riskPath } from './risk-path.ts'
import { sampleRows } from './search-thresholds.ts'
import { costOf } from './exit-costs.ts'

export interface SweepRow extends CascadeMeasure {
  readonly criterion: ConfidenceName
  /** Of all exits but the last; undefined where none leaves. */
  readonly thresholds: readonly (number | undefined)[]
  /** Time of the last exit over this mean time. */
  readonly gain: number
}

/** Rows at most, evenly over the mean costs between the last exit's and the first's. */
const steps = 24

const sweepRows = 8000

/**
 * Settings from "all to the last exit" to "all leave at the first", each with the best accuracy for its mean
 * cost on `chosenOn`; measured on `testedOn`. The first row is the last exit alone.
 */
export function sweep(
  chosenOn: ExitColumns,
  testedOn: ExitColumns,
  options: {
    readonly criterion: ConfidenceName
    readonly costs: readonly number[]
    readonly exitMs: readonly number[]
    readonly never: number
  },
): readonly SweepRow[] {
  const { criterion, costs, exitMs, never } = options
  const toRow = (thresholds: readonly number[]): SweepRow => {
    const measure = measureCascade(testedOn, thresholds, exitMs)
    return {
      ...measure,
      criterion,
      thresholds: thresholds.map((threshold) => (threshold >= never ? undefined : threshold)),
      gain: (exitMs.at(-1) ?? Number.NaN) / measure.meanMs,
    }
  }
  const lost = (tally: Tally) => (tally.lastRight - tally.right) / tally.samples
  const rows = sampleRows(chosenOn, sweepRows)
  const tried = riskPath(rows, costs, never, lost).map((thresholds) => {
    const tally = tallyOf(rows, thresholds)
    return { thresholds, cost: costOf(tally, costs), lost: lost(tally) }
  })
  const found = new Set<readonly number[]>()
  for (let step = 0; step <= steps; step++) {
    const most = 1 - (1 - (costs[0] ?? 1)) * (step / steps) + 1e-9
    const within = tried.filter(({ cost }) => cost <= most)
    if (within.length === 0) break
    // The first of equals is the one with the higher thresholds.
    found.add(within.reduce((a, b) => (b.lost < a.lost ? b : a)).thresholds)
  }
  return [...new Set([...tried.slice(0, 1).map(({ thresholds }) => thresholds), ...found])].map(
    toRow,
  )
}
