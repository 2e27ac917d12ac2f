// Thresholds for a goal, what is proved of them, and the path that they are a point of: by samples that did not choose, by
// folds, or by neither. Pure.
import type { ThresholdPath } from '../../domain/threshold-path.ts'
import { ConfigError, toDdnnError } from '../../errors.ts'
import { calibrationPath } from './calibration-path.ts'
import { chooseCrossFitted, measureFolds, type CrossFitted } from './cross-fit.ts'
import { tallyOf, type ExitColumns } from './exit-columns.ts'
import type { ChoiceOptions } from './choice-options.ts'
import { isProven } from './goal.ts'
import { thresholdsForGoal } from './goal-thresholds.ts'
import type { CascadeMeasure } from './measure-cascade.ts'
import { provablePath, type Fold } from './prove-thresholds.ts'
import { boundOf, riskCounts, type RiskBound } from './risk-bound.ts'
import { pathThrough } from './risk-path.ts'

/** Folds that estimate where all samples choose and nobody asked for a proof. */
const estimatingFolds = 2

interface Choosing extends ChoiceOptions {
  /** How many prove; undefined leaves the proof to the samples that test. */
  readonly folds: number | undefined
  /** Made only where they are needed. */
  readonly foldsOf: (count: number) => readonly Fold[]
}

interface Choice {
  /** Of all exits but the last. */
  readonly thresholds: readonly number[]
  readonly bound: RiskBound | undefined
  /** Every sample under thresholds that the other folds chose; undefined where samples of their own test. */
  readonly crossValidated: CascadeMeasure | undefined
  readonly folds: number | undefined
  readonly path: ThresholdPath | undefined
}

/** @throws DDNN_CONFIG_INVALID where the goal is out of reach */
export function chooseAndProve(
  chosenOn: ExitColumns,
  testedOn: ExitColumns | undefined,
  options: Choosing,
): Choice {
  if (testedOn === undefined) return byFolds(chosenOn, options)
  const { goal, confidence, never } = options
  const thresholds = thresholdsForGoal(chosenOn, testedOn, options)
  const counts = riskCounts(tallyOf(testedOn, thresholds), thresholds, never)
  return {
    thresholds,
    bound: boundOf(counts, goal, confidence),
    crossValidated: undefined,
    folds: undefined,
    path: pathFor(chosenOn, testedOn, thresholds, options),
  }
}

function byFolds(all: ExitColumns, options: Choosing): Choice {
  const { goal, confidence } = options
  // Says what is missing where nothing was to prove it.
  const isUnproved = isProven(goal) && all.exits > 1 && options.folds === undefined
  if (isUnproved) thresholdsForGoal(all, undefined, options)
  const count = options.folds ?? estimatingFolds
  if (count > all.samples) throw tooManyFolds(count, all.samples)
  const folds = options.foldsOf(count)
  const fitted = crossFitted(all, folds, options)
  if (fitted.ofFolds.length === 0) {
    const path = pathFor(all, undefined, fitted.thresholds, options)
    const none = { bound: undefined, crossValidated: undefined, folds: undefined }
    return { thresholds: fitted.thresholds, ...none, path }
  }
  const { measure, counts, strictBound } = measureFolds(folds, fitted.ofFolds, options)
  return {
    thresholds: fitted.thresholds,
    bound:
      options.folds === undefined
        ? undefined
        : boundOf(counts, goal, confidence, { count, strictBound }),
    crossValidated: measure,
    folds: count,
    path: pathFor(all, undefined, fitted.thresholds, options),
  }
}

function tooManyFolds(folds: number, images: number): ConfigError {
  return new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected --folds to be at most the number of images, ${images}, got ${folds}`,
    { hint: 'Pass --folds 5' },
  )
}

/** Where folds were not asked for, one that cannot reach the goal leaves out the estimate alone. */
function crossFitted(all: ExitColumns, folds: readonly Fold[], options: Choosing): CrossFitted {
  if (options.folds !== undefined) return chooseCrossFitted(all, folds, options)
  const thresholds = thresholdsForGoal(all, undefined, options)
  try {
    return chooseCrossFitted(all, folds, options)
  } catch (thrown) {
    if (toDdnnError(thrown).code !== 'DDNN_CONFIG_INVALID') throw thrown
    return { thresholds, ofFolds: [] }
  }
}

/** A proven setting is a step of the path that was tested; for the others a path is led through them. */
function pathFor(
  chosenOn: ExitColumns,
  testedOn: ExitColumns | undefined,
  thresholds: readonly number[],
  options: Choosing,
): ThresholdPath | undefined {
  const { goal, costs, never, confidence } = options
  if (chosenOn.exits < 2) return undefined
  const steps = isProven(goal)
    ? provablePath(chosenOn, testedOn ?? chosenOn, goal, options)
    : pathThrough(chosenOn, thresholds, { costs, never })
  return calibrationPath(steps, { chosenOn, testedOn, thresholds, costs, never, confidence })
}
