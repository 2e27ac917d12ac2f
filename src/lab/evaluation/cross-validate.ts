// What a choice is worth on samples that did not make it, where all samples chose. Pure.
import type { ConfidenceName } from '../../domain/confidence.ts'
import { neverOfAll } from '../../domain/leaves.ts'
import { DdnnError } from '../../errors.ts'
import { chooseCriteria } from './choose-criteria.ts'
import { columnsOfCriteria } from './criterion-columns.ts'
import { fitExits, type FitOptions } from './fit-exits.ts'
import { thresholdsForGoal, type ChoiceOptions } from './goal-thresholds.ts'
import { columnsOfScores } from './columns-of-scores.ts'
import { measureCascade, type CascadeMeasure } from './measure-cascade.ts'
import type { Scores } from './scores.ts'
import { splitSamples } from './split-samples.ts'

/**
 * Fits and chooses on each half, criteria too, measures on the other, and averages; undefined where a half cannot reach the
 * goal that the whole reaches.
 */
export function crossValidate(
  scores: Scores,
  criterion: ConfidenceName | 'best',
  shared: Omit<ChoiceOptions, 'never'>,
  fitting: FitOptions,
): CascadeMeasure | undefined {
  const { chosenOn, testedOn } = splitSamples(scores.samples, { split: 0.5, seed: fitting.seed })
  try {
    const folds = [
      [chosenOn, testedOn],
      [testedOn, chosenOn],
    ] as const
    const [a, b] = folds.map(([own, other]) => {
      const fitted = fitExits(own, scores.exits, fitting)
      const { fits, criteria, tables } = chooseCriteria(own, scores, fitted, criterion)
      const table = columnsOfCriteria(tables, criteria)
      const never = neverOfAll(criteria)
      const thresholds = thresholdsForGoal(table, undefined, { ...shared, never })
      const unseen = columnsOfScores(other, scores.exits, fits, criteria)
      return measureCascade(unseen, thresholds, shared.exitMs)
    })
    return a && b && averageOf(a, b)
  } catch (thrown) {
    if (thrown instanceof DdnnError) return undefined
    throw thrown
  }
}

function averageOf(a: CascadeMeasure, b: CascadeMeasure): CascadeMeasure {
  const samples = a.samples + b.samples
  const mean = (x: number, y: number) => (x * a.samples + y * b.samples) / samples
  return {
    samples,
    accuracy: mean(a.accuracy, b.accuracy),
    lastAccuracy: mean(a.lastAccuracy, b.lastAccuracy),
    loss: mean(a.loss, b.loss),
    harmed: mean(a.harmed, b.harmed),
    harmedCount: a.harmedCount + b.harmedCount,
    shares: a.shares.map((share, exit) => mean(share, b.shares[exit] ?? 0)),
    meanMs: mean(a.meanMs, b.meanMs),
    p95Ms: Math.max(a.p95Ms, b.p95Ms),
  }
}
