// Thresholds for a goal: which cascades are wanted. Of one path over all exits the best is taken; a proven goal takes a
// step of it as it is, the others look around it.
import { ConfigError } from '../../errors.ts'
import { tallyOf, type ExitColumns, type Tally } from './exit-columns.ts'
import { costOf } from './exit-costs.ts'
import { groupsOf, lossOf } from './exit-risks.ts'
import { isProven, type Goal, type LossGoal } from './goal.ts'
import { missingShares, type ChoiceOptions } from './choice-options.ts'
import { impossible, tooFewLeave } from './goal-refusals.ts'
import { proveThresholds, type Proving } from './prove-thresholds.ts'
import { riskPath } from './risk-path.ts'
import { searchThresholds, type Score } from './search-thresholds.ts'

/**
 * Thresholds of all exits but the last. `chosenOn` chooses; `proving` proves, and only where the goal is proven. No
 * threshold ever depends on both but through which proven step is taken.
 * @throws DDNN_CONFIG_INVALID when the goal cannot be reached, with the nearest one that can.
 */
export function thresholdsForGoal(
  chosenOn: ExitColumns,
  proving: Proving | undefined,
  options: ChoiceOptions,
): readonly number[] {
  const { goal, minExitShare } = options
  if (chosenOn.exits === 1) return chooseNone(goal)
  if (isProven(goal)) {
    return proveThresholds(chosenOn, proving, goal, options).thresholds
  }
  const violation = violationOf(options)
  const { costs, never } = options
  const path = riskPath(chosenOn, { costs, never })
  const thresholds = searchThresholds(chosenOn, scoreFor(violation, options), never, path)
  const tally = tallyOf(chosenOn, thresholds)
  if (violation(tally, thresholds) > 1e-9) throw impossible(chosenOn, options)
  if (missingShares(tally, minExitShare) > 1e-9) throw tooFewLeave(tally, options)
  return thresholds
}

/** One exit: nothing leaves early, so no share and no time can be chosen. */
function chooseNone(goal: Goal): readonly number[] {
  if (goal.kind === 'loss') return []
  const flag = goal.kind === 'latency' ? '--latency-ms' : '--exit-rate'
  throw new ConfigError('DDNN_CONFIG_INVALID', `Expected several exits with ${flag}, got one`, {
    hint: 'Pass the folders of the whole chain with --models; with one exit only its temperature is fitted',
  })
}

/** How far a tally is from the goal; 0 where it is reached. */
function violationOf({ goal, exitMs, never }: ChoiceOptions): Score {
  switch (goal.kind) {
    case 'loss':
      // Rounding of the two shares is no loss.
      return (tally, thresholds) =>
        Math.max(0, lossAmong(goal, tally, thresholds, never) - goal.maxLoss - 1e-12)
    case 'exit-rate':
      return (tally) => missingExits(tally, goal.shares)
    case 'latency':
      return (tally) => Math.max(0, costOf(tally, exitMs) - goal.meanMs) / goal.meanMs
  }
}

function lossAmong(
  { among = 'all' }: LossGoal,
  tally: Tally,
  thresholds: readonly number[],
  never: number,
): number {
  if (among === 'all') return (tally.lastRight - tally.right) / tally.samples
  return lossOf(groupsOf(tally, thresholds, never, among))
}

/**
 * The goal first, then the least shares, then what the goal is about: least cost for a loss, most accuracy
 * for the others, and of equals the one that does less harm, then the cheaper one.
 */
function scoreFor(violation: Score, { goal, minExitShare, costs }: ChoiceOptions): Score {
  const wanted = (tally: Tally) => {
    const cost = costOf(tally, costs)
    if (goal.kind === 'loss') return -cost
    // On small sets many cascades are equally right; the one that spoils fewer of the last exit's answers is
    // likelier to stay so on others.
    return (tally.right - 1e-3 * tally.harmed) / tally.samples - 1e-6 * cost
  }
  return (tally, thresholds) => {
    const beyond = violation(tally, thresholds)
    const missing = missingShares(tally, minExitShare)
    return (
      (beyond > 0 ? -1e6 * (1 + beyond) : 0) +
      (missing > 0 ? -1e3 * (1 + missing) : 0) +
      wanted(tally)
    )
  }
}

function missingExits({ left, samples }: Tally, shares: readonly number[]): number {
  if (shares.length === 1) {
    return Math.max(0, (shares[0] as number) - (samples - (left.at(-1) as number)) / samples)
  }
  let gone = 0
  let missing = 0
  for (let exit = 0; exit < shares.length; exit++) {
    gone += (left[exit] as number) / samples
    missing += Math.max(0, (shares[exit] as number) - gone - 1e-12)
  }
  return missing
}
