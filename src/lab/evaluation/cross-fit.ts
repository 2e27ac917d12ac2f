// Every sample measured under thresholds that it did not choose, where all choose: on each of k folds by what the others
// fit and choose. Pure.
import type { ConfidenceName } from '../../domain/confidence.ts'
import { neverOfAll } from '../../domain/leaves.ts'
import { createRandom, shuffled } from '../../domain/random.ts'
import { chosenColumns } from './choose-criteria.ts'
import { columnsOfScores } from './columns-of-scores.ts'
import { gainedOf, tallyOf, type ExitColumns, type Tally } from './exit-columns.ts'
import { fitExits, type FitOptions } from './fit-exits.ts'
import type { ChoiceOptions } from './choice-options.ts'
import { boundOfLoss, groupsOf } from './exit-risks.ts'
import { isProven, lossKindOf } from './goal.ts'
import { thresholdsForGoal } from './goal-thresholds.ts'
import { measureTally, type CascadeMeasure } from './measure-cascade.ts'
import { proveThresholds, type Fold } from './prove-thresholds.ts'
import { allOf, riskCounts, type RiskCounts } from './risk-bound.ts'
import type { SampleScores, Scores } from './scores.ts'

/** Some of a list of all samples, the same ones whatever features they were collected with. */
export type KeepSamples = (samples: readonly SampleScores[]) => readonly SampleScores[]

/** All samples as their features travel, of what these of them choose. */
export type SentInFold = (others: KeepSamples) => readonly SampleScores[]

/** Folds by seed; temperatures, memory, criteria and the codec of each come of the others. */
export function foldsOf(
  scores: Scores,
  wanted: ConfidenceName | 'best',
  fitting: FitOptions,
  count: number,
  sentInFold: SentInFold = () => scores.samples,
): readonly Fold[] {
  const mixed = (samples: readonly SampleScores[]) =>
    shuffled(samples, createRandom(fitting.seed, 0xf01d))
  return Array.from({ length: count }, (_, fold) => {
    const keepOthers: KeepSamples = (samples) =>
      mixed(samples).filter((_sample, i) => i % count !== fold)
    const sent = sentInFold(keepOthers)
    const own = mixed(sent).filter((_sample, i) => i % count === fold)
    const others = keepOthers(sent)
    const fitted = fitExits(others, scores.exits, fitting)
    const { fits, criteria, columns } = chosenColumns(others, scores, fitted, wanted)
    return {
      chosenOn: columns,
      testedOn: columnsOfScores(own, scores.exits, fits, criteria),
      never: neverOfAll(criteria),
    }
  })
}

export interface CrossFitted {
  /** What all samples choose: what is written. */
  readonly thresholds: readonly number[]
  /** What the others of each fold choose. */
  readonly ofFolds: readonly (readonly number[])[]
}

/**
 * The same goal for all samples and for the others of each fold. A proven loss is proved by the folds together.
 * @throws DDNN_CONFIG_INVALID where one of them cannot reach the goal.
 */
export function chooseCrossFitted(
  all: ExitColumns,
  folds: readonly Fold[],
  options: ChoiceOptions,
): CrossFitted {
  const { goal } = options
  if (isProven(goal) && all.exits > 1) {
    return proveThresholds(all, folds, goal, options)
  }
  return {
    thresholds: thresholdsForGoal(all, undefined, options),
    ofFolds: folds.map(({ chosenOn, never }) =>
      thresholdsForGoal(chosenOn, undefined, { ...options, never }),
    ),
  }
}

interface FoldMeasure {
  /** All samples, each under the thresholds of its fold. */
  readonly measure: CascadeMeasure
  readonly counts: RiskCounts
  /**
   * The mean loss of the folds' settings is at most this at the confidence, whatever the folds have in common: each fold's
   * bound at 1 - (1 - confidence) / folds, weighed by its samples.
   */
  readonly strictBound: number
}

export function measureFolds(
  folds: readonly Fold[],
  ofFolds: readonly (readonly number[])[],
  { exitMs, confidence, goal }: Pick<ChoiceOptions, 'exitMs' | 'confidence' | 'goal'>,
): FoldMeasure {
  const parts = folds.map(({ testedOn, never }, fold) => {
    const thresholds = ofFolds[fold] ?? []
    const tally = tallyOf(testedOn, thresholds)
    return { tally, counts: riskCounts(tally, thresholds, never) }
  })
  const tally = parts.map((part) => part.tally).reduce(sumOf)
  const each = 1 - (1 - confidence) / folds.length
  const kind = lossKindOf(goal)
  const strict = parts.reduce(
    (sum, { counts }) => sum + counts.samples * boundOfLoss(allOf(counts), each, kind),
    0,
  )
  // Of the sums, since a fold that keeps an exit closed has samples that left before it.
  const opened = Array.from(tally.left.slice(0, -1), (_, exit) =>
    folds.some(({ never }, fold) => (ofFolds[fold]?.[exit] ?? never) < never)
      ? -Infinity
      : Infinity,
  )
  const groups = (name: 'left-by' | 'left-at') => groupsOf(tally, opened, Infinity, name)
  return {
    measure: measureTally(tally, exitMs),
    counts: {
      samples: tally.samples,
      harmed: tally.harmed,
      gained: gainedOf(tally),
      groups: { 'left-by': groups('left-by'), 'left-at': groups('left-at') },
    },
    strictBound: strict / tally.samples,
  }
}

function sumOf(a: Tally, b: Tally): Tally {
  const each = (x: Float64Array, y: Float64Array) => x.map((value, i) => value + (y[i] as number))
  return {
    samples: a.samples + b.samples,
    lastRight: a.lastRight + b.lastRight,
    right: a.right + b.right,
    harmed: a.harmed + b.harmed,
    harmedAt: each(a.harmedAt, b.harmedAt),
    gainedAt: each(a.gainedAt, b.gainedAt),
    left: each(a.left, b.left),
  }
}
