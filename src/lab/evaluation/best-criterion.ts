// Which criterion reaches a goal best, by the choosing samples alone. Pure.
import { confidenceNames, type ConfidenceName } from '../../domain/confidence.ts'
import { neverOf } from '../../domain/leaves.ts'
import { DdnnError } from '../../errors.ts'
import { tallyOf, type ExitColumns } from './exit-columns.ts'
import { thresholdsForGoal, type ChoiceOptions } from './goal-thresholds.ts'
import type { CriterionColumns } from './criterion-columns.ts'
import { costOf } from './exit-costs.ts'

/** The criterion that reaches the goal best on the choosing samples; the others never see the rest. */
export function bestCriterion(
  chosen: CriterionColumns,
  shared: Omit<ChoiceOptions, 'never'>,
): ConfidenceName {
  let best: ConfidenceName = 'softmax'
  let bestValue = -Infinity
  for (const name of confidenceNames) {
    const value = valueOf(chosen[name], { ...shared, never: neverOf(name) })
    if (value > bestValue) [best, bestValue] = [name, value]
  }
  return best
}

/** Less cost for a loss, more accuracy for the other goals; -Infinity where the goal is out of reach. */
function valueOf(table: ExitColumns, options: ChoiceOptions): number {
  try {
    const tally = tallyOf(table, thresholdsForGoal(table, table, options))
    return options.goal.kind === 'loss'
      ? -costOf(tally, options.costs)
      : tally.right / tally.samples
  } catch (thrown) {
    if (thrown instanceof DdnnError) return -Infinity
    throw thrown
  }
}
