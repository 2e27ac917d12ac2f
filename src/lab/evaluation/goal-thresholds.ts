// Thresholds for a goal: which cascades are wanted, and what is said where none of them can be had.
import { ConfigError } from '../../errors.ts'
import { samplesNeeded, upperBound } from '../../domain/binomial.ts'
import { tallyOf, type ExitColumns, type Tally } from './exit-columns.ts'
import { costOf } from './exit-costs.ts'
import { countProven } from './fixed-sequence.ts'
import { describeGoal, type Goal } from './goal.ts'
import { isClosed, riskPath } from './risk-path.ts'
import { searchThresholds, type Score } from './search-thresholds.ts'

export interface ChoiceOptions {
  readonly goal: Goal
  /** Of the bound, 0 to 1. */
  readonly confidence: number
  /** Least share that leaves at each exit, the last one too; 0 asks for none. */
  readonly minExitShare: number
  /** One an exit, 0 to 1 (exit-costs.ts). */
  readonly costs: readonly number[]
  /** Time of a sample that leaves at each exit, milliseconds. */
  readonly exitMs: readonly number[]
  /** A threshold that lets none leave. */
  readonly never: number
}

/**
 * Thresholds of all exits but the last. `chosenOn` chooses; `testedOn` proves, and only where the goal is
 * proven. No threshold ever depends on both but through which proven step is taken.
 * @throws DDNN_CONFIG_INVALID when the goal cannot be reached, with the nearest one that can.
 */
export function thresholdsForGoal(
  chosenOn: ExitColumns,
  testedOn: ExitColumns | undefined,
  options: ChoiceOptions,
): readonly number[] {
  const { goal, minExitShare } = options
  if (chosenOn.exits === 1) return chooseNone(goal)
  if (goal.kind === 'loss' && goal.by === 'proven') {
    return chooseProven(chosenOn, testedOn, goal.maxLoss, options)
  }
  const violation = violationOf(options)
  const { costs, never } = options
  // Two thresholds are searched whole; more need a good start.
  const starts = chosenOn.exits > 3 ? riskPath(chosenOn, costs, never) : []
  const thresholds = searchThresholds(chosenOn, scoreFor(violation, options), never, starts)
  const tally = tallyOf(chosenOn, thresholds)
  if (violation(tally) > 1e-9) throw impossible(chosenOn, options)
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

function chooseProven(
  chosenOn: ExitColumns,
  testedOn: ExitColumns | undefined,
  limit: number,
  options: ChoiceOptions,
): readonly number[] {
  const { confidence, costs, never, minExitShare } = options
  if (testedOn === undefined || testedOn.samples === 0) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      'Expected samples that did not choose the thresholds, to prove the loss on, got none',
      { hint: 'Pass --fit-share 0.5, or --empirical for the loss as measured' },
    )
  }
  const path = riskPath(chosenOn, costs, never)
  const proven = path.slice(1, countProven(path, testedOn, limit, confidence))
  if (proven.length === 0) throw notProvable(path, testedOn, limit, options)
  const cheapest = (steps: readonly (readonly number[])[]) =>
    steps
      .map((thresholds) => ({ thresholds, tally: tallyOf(chosenOn, thresholds) }))
      .reduce((a, b) => (costOf(b.tally, costs) < costOf(a.tally, costs) ? b : a))
  const enough = proven.filter(
    (thresholds) => missingShares(tallyOf(chosenOn, thresholds), minExitShare) < 1e-9,
  )
  if (enough.length === 0) throw tooFewLeave(cheapest(proven).tally, options)
  return cheapest(enough).thresholds
}

/** How far a tally is from the goal; 0 where it is reached. */
function violationOf({ goal, exitMs }: ChoiceOptions): (tally: Tally) => number {
  switch (goal.kind) {
    case 'loss':
      // Rounding of the two shares is no loss.
      return (tally) =>
        Math.max(0, (tally.lastRight - tally.right) / tally.samples - goal.maxLoss - 1e-12)
    case 'exit-rate':
      return (tally) => missingExits(tally, goal.shares)
    case 'latency':
      return (tally) => Math.max(0, meanMs(tally, exitMs) - goal.meanMs) / goal.meanMs
  }
}

/**
 * The goal first, then the least shares, then what the goal is about: least cost for a loss, most accuracy
 * for the others, and of equals the one that does less harm, then the cheaper one.
 */
function scoreFor(
  violation: (tally: Tally) => number,
  { goal, minExitShare, costs }: ChoiceOptions,
): Score {
  const wanted = (tally: Tally) => {
    const cost = costOf(tally, costs)
    if (goal.kind === 'loss') return -cost
    // On small sets many cascades are equally right; the one that spoils fewer of the last exit's answers is
    // likelier to stay so on others.
    return (tally.right - 1e-3 * tally.harmed) / tally.samples - 1e-6 * cost
  }
  return (tally) => {
    const beyond = violation(tally)
    const missing = missingShares(tally, minExitShare)
    return (
      (beyond > 0 ? -1e6 * (1 + beyond) : 0) +
      (missing > 0 ? -1e3 * (1 + missing) : 0) +
      wanted(tally)
    )
  }
}

/** Mean time of a cascade, milliseconds. */
function meanMs(tally: Tally, exitMs: readonly number[]): number {
  return costOf(tally, exitMs)
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

function missingShares({ left, samples }: Tally, least: number): number {
  if (least === 0) return 0
  let missing = 0
  for (let exit = 0; exit < left.length; exit++) {
    missing += Math.max(0, least - (left[exit] as number) / samples)
  }
  return missing
}

const points = (share: number) => `${Number((share * 100).toFixed(2))} points`

function notProvable(
  path: readonly (readonly number[])[],
  testedOn: ExitColumns,
  limit: number,
  { confidence, never }: ChoiceOptions,
): ConfigError {
  const first = path.find((thresholds) => !isClosed(thresholds, never))
  const harmed = first === undefined ? 0 : tallyOf(testedOn, first).harmed
  // Rounded up, so that asking for what is named does work.
  const nearest = Math.ceil(upperBound(harmed, testedOn.samples, confidence) * 1e4) / 1e4
  const needed = samplesNeeded(limit, confidence, 0)
  const needs = Number.isFinite(needed)
    ? `even without an error ${needed.toLocaleString('en')} are needed`
    : 'no number of samples proves that there is none'
  return new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected a loss of at most ${points(limit)} to be provable at confidence ${confidence} with ${testedOn.samples.toLocaleString('en')} samples to test on, got none below ${points(nearest)}: ${needs}`,
    {
      hint: `Pass --max-accuracy-loss ${Number((nearest * 100).toFixed(2))}, or more samples; or --empirical for the loss as measured, with the bound that it reaches`,
    },
  )
}

function impossible(table: ExitColumns, options: ChoiceOptions): ConfigError {
  const { goal, confidence, exitMs } = options
  const wanted = `Expected thresholds for the goal (${describeGoal(goal, confidence)})`
  if (goal.kind === 'latency') {
    // The fastest that thresholds can make it.
    const opened = table.order.map(() => -Infinity)
    const nearest = Math.ceil(meanMs(tallyOf(table, opened), exitMs) * 1000) / 1000
    return new ConfigError(
      'DDNN_CONFIG_INVALID',
      `${wanted}, got ${nearest} ms at the least, when all leave at the first exit`,
      {
        hint: `Pass --latency-ms ${nearest} or more, a faster --link, or a smaller first submodel`,
      },
    )
  }
  const opened = tallyOf(
    table,
    table.order.map(() => -Infinity),
  )
  const most = (opened.samples - (opened.left.at(-1) as number)) / opened.samples
  return new ConfigError(
    'DDNN_CONFIG_INVALID',
    `${wanted}, got ${Number((most * 100).toFixed(2))} % at the most: the others' outputs are no numbers`,
    { hint: 'Look at the model: an exit gives NaN or infinity' },
  )
}

function tooFewLeave(tally: Tally, { goal, confidence, minExitShare }: ChoiceOptions): ConfigError {
  const shares = Array.from(
    tally.left,
    (count) => `${((count / tally.samples) * 100).toFixed(1)} %`,
  )
  const least = Math.min(...Array.from(tally.left, (count) => count / tally.samples))
  return new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected at least ${minExitShare * 100} % to leave at each exit within the goal (${describeGoal(goal, confidence)}), got ${shares.join(', ')}`,
    { hint: `Pass --min-exit-share ${Math.floor(least * 1000) / 1000} or a looser goal` },
  )
}
