// What an epoch adds to the state of its run: its score, its place in the history, and, where it is the best, its
// calibration.
import type { Evaluated } from './exit-logits.ts'
import { createHistory } from './history.ts'
import { fitThresholds, meansOf, measureSet } from './measure.ts'
import type { ExitMeans } from './objective.ts'
import type { TrainOptions } from './options.ts'
import type { Best, RunState } from './run-state.ts'
import type { FamilyFacts } from './save.ts'

interface MeasuredEpoch {
  /** From 1. */
  readonly epoch: number
  readonly training: ExitMeans
  /** Validation images of all training sets. */
  readonly evaluated: readonly Evaluated[]
  readonly seconds: number
}

interface EpochRules extends Pick<TrainOptions, 'trainingSets' | 'keep'> {
  readonly exitNames: readonly string[]
  readonly lossWeights: readonly number[]
  /** Whether epochs without a rise are counted: exits that a later phase trains have not had their turn. */
  readonly countsPatience: boolean
}

interface EndedEpoch {
  readonly state: RunState
  /** On the validation share of the first training set. */
  readonly validation: ExitMeans
  readonly isBest: boolean
}

/** The state after the epoch; nothing is written. */
export function endOfEpoch(
  state: RunState,
  { epoch, training, evaluated, seconds }: MeasuredEpoch,
  { exitNames, lossWeights, trainingSets, keep, countsPatience }: EpochRules,
): EndedEpoch {
  const measured = evaluated.filter(({ set }) => set === 0)
  const validation = meansOf(measured, exitNames.length)
  const history = createHistory(exitNames, lossWeights, state.history)
  history.add(training, validation)
  const score = validation.accuracy.reduce((sum, accuracy) => sum + accuracy, 0)
  const { best, highest = -Infinity } = state
  // Of equals the later one: its weights have seen more.
  const isBest = keep === 'last' || best === undefined || score >= best.score
  const kept = isBest ? bestOf(epoch, score, evaluated, trainingSets) : best
  return {
    state: {
      ...state,
      best: kept,
      highest: Math.max(score, highest),
      epochsSinceRise: score > highest || !countsPatience ? 0 : state.epochsSinceRise + 1,
      history: history.read(),
      epochSeconds: [...state.epochSeconds, Math.round(seconds * 1000) / 1000],
    },
    validation,
    isBest,
  }
}

function bestOf(
  epoch: number,
  score: number,
  evaluated: readonly Evaluated[],
  trainingSets: readonly string[],
): Best {
  const calibration = fitThresholds(evaluated.filter(({ set }) => set === 0))
  const sets = trainingSets.map((folder, set) => {
    const own = evaluated.filter((image) => image.set === set)
    return measureSet(folder, own, calibration)
  })
  return { epoch, score, ...calibration, sets }
}

/** What the manifests say of the exits of the best epoch. */
export function exitFactsOf({ temperatures, thresholds, sets }: Best): FamilyFacts['exits'] {
  return temperatures.map((temperature, i) => ({
    temperature,
    threshold: thresholds[i],
    accuracy: sets[0]?.accuracy[i] ?? 0,
  }))
}
