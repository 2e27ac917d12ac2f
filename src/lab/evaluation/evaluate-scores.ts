// All figures of a set of models on a labelled set: each exit alone, and their cascade.
import { argmax, isBounded, logitsOf, probabilitiesOf } from '../../domain/confidence.ts'
import type { ExitRule } from '../../domain/exit.ts'
import { ece, reliabilityBins, type ReliabilityBin } from './calibration-error.ts'
import { confidenceHistogram, type ConfidenceBin } from './confidence-histogram.ts'
import {
  classMetricsOf,
  confusionOf,
  type ClassMetrics,
  type Confusion,
  type Prediction,
} from './confusion.ts'
import { takeExit, type Taken } from './taken-exit.ts'
import { compareCodecs, type CodecRow } from './compare-codecs.ts'
import { costsOf, type Costs } from './evaluate-costs.ts'
import { exitRatesOf, type ClassExits } from './exit-rates.ts'
import { hardestImages, type HardImage } from './hardest.ts'
import { shareOf, type Share } from '../../domain/share.ts'
import type { ExitFacts, Scores } from './scores.ts'
import { meanNll } from './temperature.ts'
import { reachedAlone, tryThresholds, type Reached, type TriedThresholds } from './trade-offs.ts'

/** Predictions of one exit, or of the cascade, against the truth. */
interface Quality {
  readonly accuracy: Share
  readonly confusion: Confusion
  readonly classes: readonly ClassMetrics[]
}

/** One exit, had every sample left there. */
interface ExitEvaluation extends Quality {
  readonly name: string
  readonly rule: ExitRule
  /** Mean negative log-likelihood of the truth at the exit's temperature, nats. */
  readonly nll: number
  /** Expected calibration error of the largest probability, 15 bins of equal mass, 0 to 1. */
  readonly ece: number
  /** Of the largest probability in ten steps of equal width, each with the interval of its accuracy. */
  readonly bins: readonly (ReliabilityBin & { readonly interval: readonly [number, number] })[]
  /** Of the confidence that the exit decides by, over all samples. */
  readonly histogram: readonly ConfidenceBin[]
}

/** Who left at one exit, or in one tier. */
interface Leavers {
  readonly name: string
  readonly left: Share
  /** Of those alone. */
  readonly accuracy: Share
}

interface CascadeEvaluation extends Quality {
  readonly exits: readonly Leavers[]
  /** By the folders given, where there are several; else by stage. */
  readonly tiers: readonly Leavers[]
  /**
   * Samples that no exit was confident of, where the network goes on beyond these models: its deepest
   * exit answers them here, a tier would offload them. None where the network ends.
   */
  readonly unsure: Leavers
  /** Where the samples of each label leave. */
  readonly exitRates: readonly ClassExits[]
  /** Wrong answers by falling confidence, the first hundred. */
  readonly hardest: readonly HardImage[]
}

export interface Evaluation {
  readonly samples: number
  readonly exits: readonly ExitEvaluation[]
  readonly cascade: CascadeEvaluation
  readonly costs: Costs
  readonly tradeOffs: TradeOffs
  /** Every codec of features; none where there is one submodel. */
  readonly codecs: readonly CodecRow[]
  /** Of each sample, in the order of the scores. */
  readonly taken: readonly Taken[]
}

/** What the thresholds in use reach, beside what others would. */
interface TradeOffs {
  readonly tried: readonly TriedThresholds[]
  readonly chosen: Reached
  /** Each exit, had every sample left there. */
  readonly alone: readonly Reached[]
}

/** Of a reliability diagram. */
const shownBins = 10

/** Of images that are named. */
const mostHard = 100

interface EvaluateOptions {
  /** In the order of `scores.exits`. */
  readonly rules: readonly ExitRule[]
  /** Whether the network ends with these models. */
  readonly isWhole: boolean
}

/** Evaluates scores by these rules. Pure; `scores` holds at least one sample. */
export function evaluateScores(scores: Scores, options: EvaluateOptions): Evaluation {
  const { rules, isWhole } = options
  const taken = scores.samples.map((sample) => takeExit(sample, rules, isWhole))
  const exits = scores.exits.flatMap((facts, exit) => {
    const rule = rules[exit]
    return rule === undefined ? [] : [evaluateExit(scores, facts, rule, exit, taken)]
  })
  const cascade = evaluateCascade(scores, taken)
  const costs = costsOf(scores, taken)
  return {
    samples: scores.samples.length,
    exits,
    cascade,
    costs,
    tradeOffs: {
      tried: tryThresholds(scores, taken, isWhole ? undefined : rules.at(-1)?.threshold),
      chosen: {
        accuracy: cascade.accuracy,
        multiplyAdds: costs.multiplyAdds,
        bytes: costs.cuts.reduce((sum, { bytesOverAll }) => sum + bytesOverAll, 0),
      },
      alone: reachedAlone(
        scores,
        exits.map(({ accuracy }) => accuracy),
      ),
    },
    codecs: compareCodecs(scores, options),
    taken,
  }
}

function evaluateExit(
  scores: Scores,
  { name, gives }: ExitFacts,
  rule: ExitRule,
  exit: number,
  taken: readonly Taken[],
): ExitEvaluation {
  const valuesOf = (sample: number) => scores.samples[sample]?.values[exit] ?? []
  const scored = scores.samples.map(({ label }, i) => ({
    label,
    logits: logitsOf(valuesOf(i), gives),
  }))
  const judged = scores.samples.map(({ label }, i) => {
    const probabilities = probabilitiesOf(valuesOf(i), gives, rule.temperature)
    const best = argmax(probabilities)
    return { confidence: probabilities[best] ?? Number.NaN, isRight: best === label }
  })
  const predictions = scores.samples.map(({ label }, i) => ({
    label,
    prediction: taken[i]?.results[exit]?.prediction ?? -1,
  }))
  return {
    name,
    rule,
    ...qualityOf(predictions, scores.labels),
    nll: meanNll(scored, rule.temperature),
    ece: ece(reliabilityBins(judged)),
    bins: reliabilityBins(judged, 'width', shownBins).map((bin) => {
      const { low, high } = shareOf(Math.round(bin.accuracy * bin.count), bin.count)
      return { ...bin, interval: [low, high] as const }
    }),
    histogram: confidenceHistogram(
      Float64Array.from(taken, ({ results }) => results[exit]?.confidence ?? Number.NaN),
      (sample) => predictions[sample]?.prediction === predictions[sample]?.label,
      isBounded(rule.confidence) ? [0, 1] : undefined,
    ),
  }
}

/** In place of an exit's index: nobody left. */
const unsure = -1

function evaluateCascade(scores: Scores, taken: readonly Taken[]): CascadeEvaluation {
  const { exits, stages, samples } = scores
  const answers = samples.map(({ label }, i) => {
    const { exit = -1, isLeft = false, results } = taken[i] ?? {}
    return { label, prediction: results?.[exit]?.prediction ?? -1, exit: isLeft ? exit : unsure }
  })
  const leavers = (name: string, isHere: (exit: number) => boolean): Leavers => {
    const here = answers.filter(({ exit }) => isHere(exit))
    const right = here.filter(({ label, prediction }) => label === prediction).length
    return {
      name,
      left: shareOf(here.length, answers.length),
      accuracy: shareOf(right, here.length),
    }
  }
  const folders = new Set(stages.map(({ tier }) => tier))
  const tierOf = (stage: number) => (folders.size > 1 ? stages[stage]?.tier : stage)
  const tiers = [...new Set(stages.map((_, stage) => tierOf(stage)))]
  return {
    ...qualityOf(answers, scores.labels),
    exits: exits.map(({ name }, index) => leavers(name, (exit) => exit === index)),
    tiers: tiers.map((tier) =>
      leavers(tierName(scores, tier, tierOf), (exit) => {
        const stage = exits[exit]?.stage
        return stage !== undefined && tierOf(stage) === tier
      }),
    ),
    unsure: leavers('unsure', (exit) => exit === unsure),
    exitRates: exitRatesOf(samples, taken, scores.labels, exits.length),
    hardest: hardestImages(samples, taken, mostHard),
  }
}

/** The names of its stages: a tier folder may hold several. */
function tierName(
  { stages }: Scores,
  tier: number | undefined,
  tierOf: (stage: number) => number | undefined,
): string {
  const own = stages.filter((_, stage) => tierOf(stage) === tier)
  return own.map(({ name }) => name).join(' + ')
}

function qualityOf(predictions: readonly Prediction[], labels: readonly string[]): Quality {
  const right = predictions.filter(({ label, prediction }) => label === prediction).length
  return {
    accuracy: shareOf(right, predictions.length),
    confusion: confusionOf(predictions, labels.length),
    classes: classMetricsOf(predictions, labels),
  }
}
