// One split: what one part of the samples chooses by calibrate's own functions, measured on the other. Pure.
import { confidenceNames } from '../../dist/domain/confidence.js'
import { neverOfAll } from '../../dist/domain/leaves.js'
import { meanOf } from '../../dist/domain/mean.js'
import { ece, reliabilityBins } from '../../dist/lab/evaluation/calibration-error.js'
import { chooseCriteria } from '../../dist/lab/evaluation/choose-criteria.js'
import { columnsOfScores, judgedOf } from '../../dist/lab/evaluation/columns-of-scores.js'
import {
  columnsByCriterion,
  columnsOfCriteria,
} from '../../dist/lab/evaluation/criterion-columns.js'
import { exitCosts } from '../../dist/lab/evaluation/exit-costs.js'
import { voicesOf } from '../../dist/lab/evaluation/exit-fit.js'
import { aurcParts } from '../../dist/lab/evaluation/failure-prediction.js'
import { fitExits } from '../../dist/lab/evaluation/fit-exits.js'
import { thresholdsForGoal } from '../../dist/lab/evaluation/goal-thresholds.js'
import { measureCascade } from '../../dist/lab/evaluation/measure-cascade.js'
import { splitSamples } from '../../dist/lab/evaluation/split-samples.js'
import { thresholdsAtRates } from './equal-rates.mjs'

/** What exits are left by, each by itself and `best` of them for each exit. */
export const criteriaAsked = [...confidenceNames, 'best']

export const memories = ['off', 'on', 'auto']

/**
 * @param {object} scores as checkSamples leaves them
 * @param {{ split: number, seed: number, rates: readonly (readonly number[])[] }} options `split` is the share that
 *   chooses, a rate has a share for each early exit
 */
export function measureSplit(scores, { split, seed, rates }) {
  const { chosenOn, testedOn } = splitSamples(scores.samples, { split, seed })
  const fitted = memories.map((memory) => fitExits(chosenOn, scores.exits, { memory, seed }))
  const choice = chooseCriteria(chosenOn, scores, fitted[memories.indexOf('auto')], 'best')
  return {
    seed,
    chosenOn: chosenOn.length,
    testedOn: testedOn.length,
    cascades: measureCascades(scores, testedOn, choice, rates),
    exits: memories.flatMap((memory, i) => measureExits(scores, testedOn, memory, fitted[i])),
  }
}

/** A row a rate, way of choosing thresholds, and criterion. */
function measureCascades(scores, testedOn, { fits, criteria: best, tables }, rates) {
  const tested = columnsByCriterion(testedOn, scores, fits)
  const { costs } = exitCosts(scores, [])
  return rates.flatMap((shares) =>
    criteriaAsked.flatMap((asked) => {
      const criteria = asked === 'best' ? best : scores.exits.map(() => asked)
      const never = neverOfAll(criteria)
      const [own, others] = [tables, tested].map((table) => columnsOfCriteria(table, criteria))
      const goal = { kind: 'exit-rate', shares }
      // No time is asked for: `exitMs` are read by other goals alone.
      const options = { goal, confidence: 0.95, minExitShare: 0, costs, exitMs: [], never }
      const ways = {
        'equal rates': thresholdsAtRates(own, shares, never),
        goal: thresholdsForGoal(own, undefined, options),
      }
      return Object.entries(ways).map(([by, thresholds]) => {
        const measure = measureCascade(others, thresholds, [])
        const { accuracy, loss, shares: leave } = measure
        return { rate: shares.join(','), by, asked, criteria, thresholds, accuracy, loss, leave }
      })
    }),
  )
}

/** A row an exit; by `softmax`, had all samples left there. */
function measureExits(scores, testedOn, memory, fits) {
  const { confidence, isRight } = columnsOfScores(testedOn, scores.exits, fits, 'softmax')
  return scores.exits.map(({ name }, exit) => {
    const { judged, nll } = judgedOf(testedOn, voicesOf(scores.exits, fits), exit)
    const table = { confidence: confidence[exit], isRight: isRight[exit] }
    return {
      ...{ memory, exit: name, isKept: fits[exit].memory !== undefined },
      nll,
      accuracy: meanOf(table.isRight),
      aurc: meanOf(aurcParts(table)),
      ece: ece(reliabilityBins(judged)),
    }
  })
}
