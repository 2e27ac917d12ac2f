// BranchyNet's table (Teerapittayanon et al. 2016, Table I): what a sweep of thresholds gives in accuracy,
// time, gain and exits. Pure.
import type { ConfidenceName } from '../domain/confidence.ts'
import type { CascadeTable } from './cascade-table.ts'
import { measureCascade, type CascadeMeasure } from './measure-cascade.ts'
import { isClosed } from './risk-path.ts'
import { costOf } from './exit-costs.ts'
import { refine, sampleRows } from './search-thresholds.ts'

export interface SweepRow extends CascadeMeasure {
  readonly criterion: ConfidenceName
  /** Of all exits but the last; undefined where none leaves. */
  readonly thresholds: readonly (number | undefined)[]
  /** Time of the last exit over this mean time. */
  readonly gain: number
}

/** What a point of accuracy may cost, as a share of the full network's: from nothing matters but accuracy. */
const weights = Array.from({ length: 33 }, (_, i) => 10 ** (3 - i / 8))

const sweepRows = 8000

/**
 * Settings from "all to the last exit" to "all that pays leaves early", each with the best accuracy for its
 * cost on `chosenOn`; measured on `testedOn`. The first row is the last exit alone.
 */
export function sweep(
  chosenOn: CascadeTable,
  testedOn: CascadeTable,
  options: {
    readonly criterion: ConfidenceName
    readonly costs: readonly number[]
    readonly exitMs: readonly number[]
    readonly never: number
  },
): readonly SweepRow[] {
  const { criterion, costs, exitMs, never } = options
  const rows = sampleRows(chosenOn, sweepRows)
  const toRow = (thresholds: readonly number[]): SweepRow => {
    const measure = measureCascade(testedOn, thresholds, exitMs)
    return {
      ...measure,
      criterion,
      thresholds: thresholds.map((threshold) => (threshold >= never ? undefined : threshold)),
      gain: (exitMs.at(-1) ?? Number.NaN) / measure.meanMs,
    }
  }
  let last: readonly number[] = new Array<number>(Math.max(0, chosenOn.exits - 1)).fill(never)
  const found = [toRow(last)]
  for (const weight of weights) {
    const { thresholds } = refine(
      rows,
      (tally) => (weight * tally.right) / tally.samples - costOf(tally, costs),
      last,
      never,
    )
    if (thresholds.every((threshold, exit) => threshold === last[exit])) continue
    last = thresholds.map((threshold) => Number(threshold.toPrecision(7)))
    if (!isClosed(last, never)) found.push(toRow(last))
  }
  return found
}
