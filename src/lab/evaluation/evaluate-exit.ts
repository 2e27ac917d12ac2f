// One exit, had every sample left there. Pure.
import { argmax, isBounded, logitsOf, probabilitiesOf } from '../../domain/confidence.ts'
import type { ExitRule } from '../../domain/exit.ts'
import { shareOf } from '../../domain/share.ts'
import { ece, reliabilityBins, type ReliabilityBin } from './calibration-error.ts'
import { confidenceHistogram, type ConfidenceBin } from './confidence-histogram.ts'
import { qualityOf, type Quality } from './quality.ts'
import type { ExitFacts, Scores } from './scores.ts'
import type { Taken } from './taken-exit.ts'
import { meanNll } from './temperature.ts'

export interface ExitEvaluation extends Quality {
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

/** Of a reliability diagram. */
const shownBins = 10

/** `exit` is its place among the chain's; `taken` is in the order of the samples. */
export function evaluateExit(
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
