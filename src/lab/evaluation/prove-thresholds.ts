// The cheapest step of a path that keeps a loss, proved on samples that did not make the path. Pure.
import { ConfigError } from '../../errors.ts'
import { tallyOf, type ExitColumns, type Tally } from './exit-columns.ts'
import { costOf } from './exit-costs.ts'
import {
  groupsOf,
  leastLimit,
  provableRisk,
  type GroupCount,
  type LossGroup,
} from './exit-risks.ts'
import { countProven } from './fixed-sequence.ts'
import type { LossGoal } from './goal.ts'
import { notProvable, tooFewLeave } from './goal-refusals.ts'
import { missingShares, type ChoiceOptions } from './choice-options.ts'
import { alignedPath, riskPath, type PathOptions } from './risk-path.ts'

/** One part of the samples, and all others: these choose, the part tests. */
export interface Fold {
  readonly chosenOn: ExitColumns
  readonly testedOn: ExitColumns
  /** A threshold that lets none leave, by the criterion of this fold. */
  readonly never: number
}

/** Samples that did not choose; or folds, in each of which the others choose. */
export type Proving = ExitColumns | readonly Fold[]

type Thresholds = readonly number[]

interface Proven {
  readonly thresholds: Thresholds
  /** The same step of each fold's path; without folds of the one path. */
  readonly ofFolds: readonly Thresholds[]
}

/**
 * Steps of the path are tested from the safest on. With folds, step i of each fold's own path is tested on the fold, and
 * the counts of all folds are one: what is accepted is a weight of harm (risk-path.ts), by which all samples choose then.
 * @throws DDNN_CONFIG_INVALID where no step can be proved, or too few leave.
 */
export function proveThresholds(
  chosenOn: ExitColumns,
  proving: Proving | undefined,
  goal: LossGoal,
  options: ChoiceOptions,
): Proven {
  const { confidence, costs, minExitShare } = options
  if (proving === undefined || samplesOf(proving) === 0) throw nothingToTest()
  const among = goal.among ?? 'all'
  const kind = goal.of ?? 'harmed'
  const path = provablePath(chosenOn, proving, goal, options)
  const parts = partsOf(proving, path, goal, options)
  const isTested = (step: number) =>
    among === 'all' || opensAlike([{ path, never: options.never }, ...parts], step)
  const of = among === 'all' ? samplesOf(proving) : undefined
  const groups = () => groupsOfSteps(parts, of, among, isTested)
  const proven = countProven(groups(), goal.maxLoss, confidence, kind)
  const open = path
    .slice(0, proven)
    .map((thresholds, step) => ({ thresholds, step, tally: tallyOf(chosenOn, thresholds) }))
    .filter(({ thresholds, step }) => isTested(step) && opensAny(thresholds, options.never))
  if (open.length === 0) {
    const first = [...groups()].find((own) => own.length > 0) ?? []
    const nearest = leastLimit(first, confidence, kind)
    throw notProvable(goal, samplesOf(proving), nearest, confidence, isFolds(proving))
  }
  const cheapest = (steps: typeof open) =>
    steps.reduce((a, b) => (costOf(b.tally, costs) < costOf(a.tally, costs) ? b : a))
  const enough = open.filter(({ tally }) => missingShares(tally, minExitShare) < 1e-9)
  if (enough.length === 0) throw tooFewLeave(cheapest(open).tally, options)
  const { thresholds, step } = cheapest(enough)
  return { thresholds, ofFolds: parts.map((part) => part.path[step] ?? []) }
}

/** The path that is tested, from what chooses alone. */
export function provablePath(
  chosenOn: ExitColumns,
  proving: Proving,
  goal: LossGoal,
  { costs, never }: Pick<ChoiceOptions, 'costs' | 'never'>,
): readonly Thresholds[] {
  const options = pathOptions(samplesOf(proving), goal, costs, never)
  return isFolds(proving) ? alignedPath(chosenOn, options) : riskPath(chosenOn, options)
}

function pathOptions(
  tested: number,
  { among = 'all', of }: LossGoal,
  costs: readonly number[],
  never: number,
): PathOptions {
  if (of === 'net') {
    const lost = ({ lastRight, right, samples }: Tally) => (lastRight - right) / samples
    return { costs, never, risk: lost }
  }
  if (among === 'all') return { costs, never }
  const risk = (tally: Tally, thresholds: Thresholds) =>
    provableRisk(groupsOf(tally, thresholds, never, among), tested / tally.samples)
  return { costs, never, risk, opensAtOnce: true }
}

interface Part {
  readonly testedOn: ExitColumns
  readonly path: readonly Thresholds[]
  readonly never: number
}

function partsOf(
  proving: Proving,
  path: readonly Thresholds[],
  goal: LossGoal,
  { costs, never }: ChoiceOptions,
): readonly Part[] {
  if (!isFolds(proving)) return [{ testedOn: proving, path, never }]
  const tested = samplesOf(proving)
  return proving.map((fold) => ({
    ...fold,
    path: alignedPath(fold.chosenOn, pathOptions(tested, goal, costs, fold.never)),
  }))
}

/**
 * Whether the same exits let some leave in all of these: where one fold has opened an exit and others have not, those that
 * left are few and say nothing of the others. Such a step is passed over: which ones are, no sample that tests decides.
 */
function opensAlike(paths: readonly Pick<Part, 'path' | 'never'>[], step: number): boolean {
  const open = paths.map(({ path, never }) =>
    (path[step] ?? []).map((value) => value < never).join(),
  )
  return open.every((one) => one === open[0])
}

function opensAny(thresholds: Thresholds, never: number): boolean {
  return thresholds.some((value) => value < never)
}

/** Counted lazily: what is behind the first step that fails is not looked at. A step that is not tested claims nothing. */
function* groupsOfSteps(
  parts: readonly Part[],
  of: number | undefined,
  among: LossGroup,
  isTested: (step: number) => boolean,
): Iterable<readonly GroupCount[]> {
  const steps = parts[0]?.path.length ?? 0
  for (let step = 0; step < steps; step++) {
    if (!isTested(step)) {
      yield []
      continue
    }
    const counts = parts.map(({ testedOn, path, never }) => {
      const thresholds = path[step] ?? []
      return groupsOf(tallyOf(testedOn, thresholds), thresholds, never, among)
    })
    yield pooled(counts, of)
  }
}

/** The same groups of several parts as one; `of` where it is all samples, also of parts that claim nothing. */
function pooled(
  counts: readonly (readonly GroupCount[])[],
  of: number | undefined,
): readonly GroupCount[] {
  const groups = new Map<number | undefined, GroupCount>()
  for (const one of counts.flat()) {
    const { exit, harmed, gained } = one
    const sum = groups.get(exit) ?? { exit, harmed: 0, gained: 0, of: 0 }
    groups.set(exit, {
      exit,
      harmed: sum.harmed + harmed,
      gained: sum.gained + gained,
      of: of ?? sum.of + one.of,
    })
  }
  return [...groups.values()]
}

function isFolds(proving: Proving): proving is readonly Fold[] {
  return Array.isArray(proving)
}

function samplesOf(proving: Proving): number {
  return isFolds(proving)
    ? proving.reduce((sum, { testedOn }) => sum + testedOn.samples, 0)
    : proving.samples
}

function nothingToTest(): ConfigError {
  return new ConfigError(
    'DDNN_CONFIG_INVALID',
    'Expected samples that did not choose the thresholds, to prove the loss on, got none',
    {
      hint: 'Pass --fit-share 0.5, --folds 5, or --test-input FOLDER; or --empirical for the loss as measured',
    },
  )
}
