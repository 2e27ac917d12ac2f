// BranchyNet's table (Teerapittayanon et al. 2016, Table I): what a sweep of thresholds gives in accuracy,
// time, gain and exits. Pure.
import type { ConfidenceName } from '../../domain/confidence.ts'
import { tallyOf, type ExitColumns, type Tally } from './exit-columns.ts'
import { measureCascade, type CascadeMeasure } from './measure-cascade.ts'
import { frontOf } from './pareto-front.ts'
import { riskPath } from './risk-path.ts'
import { sampleRows } from './search-thresholds.ts'
import { costOf } from './exit-costs.ts'
import { spread, thresholdGrid } from './threshold-grid.ts'

export interface SweepRow extends CascadeMeasure {
  /** 'mixed' where each exit has its own. */
  readonly criterion: ConfidenceName | 'mixed'
  /** Of all exits but the last; undefined where none leaves. */
  readonly thresholds: readonly (number | undefined)[]
  /** Time of the last exit over this mean time. */
  readonly gain: number
  /** Whether, on the samples that chose, no other setting of its criterion was as right for no more cost. */
  readonly isOnFront: boolean
}

/** Settings of a criterion at most: of a path along the best, and of a grid over all. */
const mostOfPath = 120
const mostOfGrid = 100

const sweepRows = 8000

/**
 * Settings from "all to the last exit" to "all leave at the first": steps along those that lose least for their mean
 * cost, and a grid over all thresholds, each outcome once. Chosen and marked on `chosenOn`, measured on `testedOn`; by
 * falling mean time. The first is the last exit alone.
 */
export function sweep(
  chosenOn: ExitColumns,
  testedOn: ExitColumns,
  options: {
    readonly criterion: SweepRow['criterion']
    readonly costs: readonly number[]
    readonly exitMs: readonly number[]
    readonly never: number
  },
): readonly SweepRow[] {
  const { criterion, costs, exitMs, never } = options
  const lost = (tally: Tally) => (tally.lastRight - tally.right) / tally.samples
  const rows = sampleRows(chosenOn, sweepRows)
  const settings = [
    ...spread(riskPath(rows, { costs, never, risk: lost }), mostOfPath),
    ...thresholdGrid(rows, rows.exits - 1, mostOfGrid, never),
  ]
  const tried = new Map<string, Tried>()
  for (const thresholds of settings) {
    const tally = tallyOf(rows, thresholds)
    const key = `${tally.right} ${tally.left.join(' ')}`
    if (!tried.has(key)) {
      tried.set(key, { thresholds, cost: costOf(tally, costs), right: tally.right })
    }
  }
  const front = frontOf(
    [...tried.values()],
    ({ cost }) => cost,
    ({ right }) => right,
  )
  const measured = [...tried.values()].map((one): SweepRow => {
    const measure = measureCascade(testedOn, one.thresholds, exitMs)
    return {
      ...measure,
      criterion,
      thresholds: one.thresholds.map((value) => (value >= never ? undefined : value)),
      gain: (exitMs.at(-1) ?? Number.NaN) / measure.meanMs,
      isOnFront: front.has(one),
    }
  })
  const [closed, ...others] = measured
  return closed === undefined ? [] : [closed, ...others.sort((a, b) => b.meanMs - a.meanMs)]
}

interface Tried {
  readonly thresholds: readonly number[]
  readonly cost: number
  readonly right: number
}
