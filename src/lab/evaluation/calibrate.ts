// Calibration from scores: temperatures, thresholds for a goal, and what both are worth on samples that did
// not choose them. Pure; the same scores, options and seed give the same result.
import { confidenceNames, type ConfidenceName } from '../../domain/confidence.ts'
import { neverOf, neverOfAll } from '../../domain/leaves.ts'
import type { ExitRule } from '../../domain/exit.ts'
import type { MemoryChoice } from '../../domain/exit-memory.ts'
import type { FeatureCodec } from '../../domain/feature-codec.ts'
import { measureBefore, type BeforeCalibration } from './before-calibration.ts'
import { describeExit, type ExitCalibration } from './calibrate-exits.ts'
import { checkSamples } from './check-samples.ts'
import { chooseAndProve } from './choose-and-prove.ts'
import { chooseCriteria, nameOfCriteria } from './choose-criteria.ts'
import { columnsByCriterion, columnsOfCriteria } from './criterion-columns.ts'
import { foldsOf, type SentInFold } from './cross-fit.ts'
import { fitExits } from './fit-exits.ts'
import { exitCosts, type CostBasis } from './exit-costs.ts'
import { checkShares, describeGoal, type Goal } from './goal.ts'
import type { ExpectedExit } from '../../domain/submodel.ts'
import type { ThresholdPath } from '../../domain/threshold-path.ts'
import { expectedExits } from './expected-exits.ts'
import type { Link } from './link-profile.ts'
import { withMemoryOf } from './memory-bytes.ts'
import { measureCascade, type CascadeMeasure } from './measure-cascade.ts'
import type { RiskBound } from './risk-bound.ts'
import type { Scores } from './scores.ts'
import { splitSamples } from './split-samples.ts'
import { sweep, type SweepRow } from './sweep.ts'

export interface CalibrateOptions {
  readonly goal: Goal
  /** Of the bound, 0 to 1. */
  readonly confidence: number
  readonly minExitShare: number
  /** `best` takes for each exit the one that best tells its right answers from its wrong ones. */
  readonly criterion: ConfidenceName | 'best'
  /** Share of the samples that fit and choose; the others test. 1 leaves none. */
  readonly split: number
  readonly seed: number
  /** The first so many choose and the others test, whatever the share: a set of its own tests. */
  readonly choosing?: number | undefined
  /** Folds that prove where all choose; nothing is proved by them where undefined. */
  readonly folds?: number | undefined
  /** Whether exits go by those before them; nowhere where undefined. */
  readonly memory?: MemoryChoice | undefined
  readonly links: readonly Link[]
  /** How features travel over the links; undefined as they did when the scores were collected. */
  readonly codec?: FeatureCodec | undefined
  /** Where all choose and a codec is chosen too; in every fold as they were collected where undefined. */
  readonly sentInFold?: SentInFold | undefined
  /** How the exits decide until now, in order; undefined leaves out what was before. */
  readonly rules?: readonly ExitRule[] | undefined
}

export interface Calibration {
  readonly goal: string
  /** Of all exits, or 'mixed' where each has its own. */
  readonly criterion: ConfidenceName | 'mixed'
  /** What was asked for. */
  readonly wanted: ConfidenceName | 'best'
  readonly seed: number
  readonly exits: readonly ExitCalibration[]
  /** Of all exits but the last; `never` (exit-columns.ts) lets none leave. */
  readonly thresholds: readonly number[]
  /** On the samples that chose. */
  readonly onChosen: CascadeMeasure
  /** On the others; undefined where all chose. */
  readonly onTested: CascadeMeasure | undefined
  /** Where all chose: each by what the other folds chose. */
  readonly crossValidated: CascadeMeasure | undefined
  /** Of the line before. */
  readonly folds: number | undefined
  /** What the exits did by their manifests; undefined where nobody said how they decide. */
  readonly before: BeforeCalibration | undefined
  readonly bound: RiskBound | undefined
  /** Settings from the safest to the cheapest, the chosen one among them; undefined with one exit. */
  readonly path: ThresholdPath | undefined
  /** What is to be expected of the samples that reach each exit, by those that did not choose, if any. */
  readonly expected: readonly (ExpectedExit | undefined)[]
  /** Expected time of a sample that leaves at each exit, milliseconds. */
  readonly exitMs: readonly number[]
  readonly costBasis: CostBasis
  /** Every setting tried under each criterion, measured as the exits are: on the samples that did not choose, if any. */
  readonly sweep: readonly SweepRow[]
  readonly warnings: readonly string[]
}

/**
 * Fits and chooses on one part of the samples, measures on the other.
 * @throws DDNN_CONFIG_INVALID, DDNN_MODEL_DAMAGED when the samples or the goal are impossible.
 */
export function calibrate(given: Scores, options: CalibrateOptions): Calibration {
  const { scores, warnings } = checkSamples(given)
  const { goal, confidence, seed } = options
  checkShares(goal, scores.exits.length)
  const { chosenOn, testedOn } = splitSamples(scores.samples, options)
  const fitting = { memory: memoryOf(options), seed } as const
  const choice = chooseCriteria(
    chosenOn,
    scores,
    fitExits(chosenOn, scores.exits, fitting),
    options.criterion,
  )
  const { fits, criteria, tables: chosen } = choice
  const costsOf = (sent: Scores) => exitCosts(sent, options.links, options.codec)
  const { basis, costs, exitMs } = costsOf(withMemoryOf(scores, fits))
  const shared = { goal, confidence, minExitShare: options.minExitShare, costs, exitMs }
  const measuredOn = testedOn.length > 0 ? testedOn : chosenOn
  const tested = testedOn.length > 0 ? columnsByCriterion(testedOn, scores, fits) : chosen
  const criterion = nameOfCriteria(criteria)
  const chosenTable = columnsOfCriteria(chosen, criteria)
  const testedTable = columnsOfCriteria(tested, criteria)
  const never = neverOfAll(criteria)
  const { thresholds, bound, crossValidated, folds, path } = chooseAndProve(
    chosenTable,
    testedOn.length > 0 ? testedTable : undefined,
    {
      ...{ ...shared, never },
      folds: options.folds,
      foldsOf: (count) => foldsOf(scores, options.criterion, fitting, count, options.sentInFold),
    },
  )
  const onTested = testedOn.length > 0 ? measureCascade(testedTable, thresholds, exitMs) : undefined
  const exits = scores.exits.map((_, exit) =>
    describeExit(scores.exits, exit, choice, measuredOn, tested, seed),
  )
  return {
    goal: describeGoal(goal, confidence),
    criterion,
    wanted: options.criterion,
    seed,
    exits,
    thresholds,
    onChosen: measureCascade(chosenTable, thresholds, exitMs),
    onTested,
    crossValidated,
    folds,
    before:
      options.rules &&
      measureBefore(measuredOn, scores.exits, options.rules, costsOf(scores).exitMs),
    bound,
    path,
    expected: expectedExits(testedTable, thresholds),
    exitMs,
    costBasis: basis,
    sweep: [
      ...confidenceNames.flatMap((name) =>
        sweep(chosen[name], tested[name], {
          ...{ criterion: name, costs, exitMs },
          never: neverOf(name),
        }),
      ),
      ...(criterion === 'mixed'
        ? sweep(chosenTable, testedTable, { criterion, costs, exitMs, never })
        : []),
    ],
    warnings: [...warnings, ...limitWarnings(exits)],
  }
}

/** Of the exits' own numbers, which `raw` goes by, there is no mean. */
export function memoryOf({ memory = 'off', criterion }: CalibrateOptions): MemoryChoice {
  return criterion === 'raw' ? 'off' : memory
}

function limitWarnings(exits: readonly ExitCalibration[]): readonly string[] {
  return exits
    .filter(({ isAtLimit }) => isAtLimit)
    .map(
      ({ name, temperature }) =>
        `the temperature of '${name}' ended at its limit, ${temperature}: ${temperature < 1 ? 'it is right on every image that fitted it' : 'it knows nothing of the labels'}`,
    )
}
