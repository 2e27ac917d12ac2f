// The path of a calibration as manifests hold it: few of its steps, each measured. Pure.
import { upperBound } from '../../domain/binomial.ts'
import { writtenThreshold } from '../../domain/leaves.ts'
import { mostPathPoints, type PathPoint, type ThresholdPath } from '../../domain/threshold-path.ts'
import { tallyOf, type ExitColumns, type Tally } from './exit-columns.ts'
import { costOf } from './exit-costs.ts'

type Thresholds = readonly number[]

interface Step {
  readonly thresholds: Thresholds
  readonly tally: Tally
  readonly isChosen: boolean
}

interface PathMeasure {
  /** Chose the steps: by what they do here the points are picked. */
  readonly chosenOn: ExitColumns
  /** Undefined where all chose. */
  readonly testedOn: ExitColumns | undefined
  /** The setting that is written; one of the steps. */
  readonly thresholds: Thresholds
  readonly costs: readonly number[]
  readonly never: number
  readonly confidence: number
}

/**
 * Of steps that never rise at most 32 points: the first, the last, the chosen one, and others evenly along the way in cost and
 * loss, each measured. Points at which the same samples leave stand once. Undefined with one exit.
 */
export function calibrationPath(
  steps: readonly Thresholds[],
  { chosenOn, testedOn, thresholds: chosen, costs, never, confidence }: PathMeasure,
): ThresholdPath | undefined {
  if (chosenOn.exits < 2) return undefined
  const distinct = distinctSteps(steps, chosenOn, chosen)
  const picked = pickEvenly(distinct, mostPathPoints, costs)
  const each = 1 - (1 - confidence) / picked.length
  return {
    chosen: picked.findIndex(({ isChosen }) => isChosen),
    points: picked.map(({ thresholds, tally }): PathPoint => {
      const measured = testedOn === undefined ? tally : tallyOf(testedOn, thresholds)
      const { samples, right, lastRight, harmed, left } = measured
      return {
        thresholds: thresholds.map((value) => writtenThreshold(value, never)),
        accuracy: right / samples,
        loss: (lastRight - right) / samples,
        ...(testedOn === undefined ? {} : { bound: upperBound(harmed, samples, each) }),
        leave: Array.from(left, (count) => count / samples),
        cost: costOf(measured, costs) / (costs.at(-1) ?? 1),
      }
    }),
  }
}

/** Where one step differs from another in nothing that these samples show, the chosen one stays, else the first. */
function distinctSteps(
  steps: readonly Thresholds[],
  table: ExitColumns,
  chosen: Thresholds,
): readonly Step[] {
  const distinct: Step[] = []
  for (const thresholds of steps) {
    const tally = tallyOf(table, thresholds)
    const isChosen = thresholds.every((value, exit) => value === chosen[exit])
    const before = distinct.at(-1)
    const isSame = before?.tally.left.every((count, exit) => count === tally.left[exit]) ?? false
    if (!isSame) distinct.push({ thresholds, tally, isChosen })
    else if (isChosen) distinct[distinct.length - 1] = { thresholds, tally, isChosen }
  }
  return distinct
}

function pickEvenly(
  steps: readonly Step[],
  most: number,
  costs: readonly number[],
): readonly Step[] {
  if (steps.length <= most) return steps
  const lengths = lengthsAlong(steps, costs)
  const whole = lengths.at(-1) ?? 0
  const isTaken = steps.map(({ isChosen }, i) => isChosen || i === 0 || i === steps.length - 1)
  let left = most - isTaken.filter(Boolean).length
  // Ever finer: of each even place the step that is next to it.
  for (let parts = most - 1; left > 0; parts *= 2) {
    for (let part = 1; part < parts && left > 0; part++) {
      const at = lengths.findIndex((length) => length >= (part / parts) * whole)
      if (at === -1 || isTaken[at] === true) continue
      isTaken[at] = true
      left--
    }
    if (parts > 4 * steps.length) break
  }
  return steps.filter((_, i) => isTaken[i])
}

/** Way to each step, in cost and loss, both as shares of what they change over the whole. */
function lengthsAlong(steps: readonly Step[], costs: readonly number[]): readonly number[] {
  const at = steps.map(({ tally }) => ({
    cost: costOf(tally, costs),
    loss: (tally.lastRight - tally.right) / tally.samples,
  }))
  const rangeOf = (values: readonly number[]) => Math.max(...values) - Math.min(...values) || 1
  const cost = rangeOf(at.map((one) => one.cost))
  const loss = rangeOf(at.map((one) => one.loss))
  let way = 0
  return at.map((one, i) => {
    const before = at[i - 1] ?? one
    way += Math.abs(one.cost - before.cost) / cost + Math.abs(one.loss - before.loss) / loss
    return way
  })
}
