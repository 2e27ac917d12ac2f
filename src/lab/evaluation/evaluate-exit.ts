// One exit, had every sample left there. Pure.
import { argmax, isBounded, logitsOf } from '../../domain/confidence.ts'
import type { ExitRule } from '../../domain/exit.ts'
import { meanOf } from '../../domain/mean.ts'
import { probabilitiesOfResult, type ExitResult } from '../../domain/reply.ts'
import { shareOf } from '../../domain/share.ts'
import { ece, reliabilityBins, type ReliabilityBin } from './calibration-error.ts'
import { confidenceHistogram, type ConfidenceBin } from './confidence-histogram.ts'
import { qualityOf, type Quality } from './quality.ts'
import type { ExitFacts, Scores } from './scores.ts'
import type { Taken } from './taken-exit.ts'
import { nllOf } from './temperature.ts'

export interface ExitEvaluation extends Quality {
  readonly name: string
  readonly rule: ExitRule
  /** Mean negative log-likelihood of the truth, nats. */
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
  { name }: ExitFacts,
  rule: ExitRule,
  exit: number,
  taken: readonly Taken[],
): ExitEvaluation {
  // What the exit goes by, exits before it included where it remembers.
  const results = taken.map(({ results: all }) => all[exit] as ExitResult)
  const labelOf = (sample: number) => scores.samples[sample]?.label ?? -1
  const nlls = results.map(({ logits, gives = 'logits', temperature = 1 }, i) =>
    nllOf({ logits: logitsOf(logits, gives), label: labelOf(i) }, temperature),
  )
  const judged = results.map((result, i) => {
    const probabilities = probabilitiesOfResult(result)
    const best = argmax(probabilities)
    return { confidence: probabilities[best] ?? Number.NaN, isRight: best === labelOf(i) }
  })
  const predictions = scores.samples.map(({ label }, i) => ({
    label,
    prediction: results[i]?.prediction ?? -1,
  }))
  return {
    name,
    rule,
    ...qualityOf(predictions, scores.labels),
    // As ECE: of an image whose values are no numbers nothing is said.
    nll: meanOf(nlls.filter((nll) => !Number.isNaN(nll))),
    ece: ece(reliabilityBins(judged)),
    bins: reliabilityBins(judged, 'width', shownBins).map((bin) => {
      const { low, high } = shareOf(Math.round(bin.accuracy * bin.count), bin.count)
      return { ...bin, interval: [low, high] as const }
    }),
    histogram: confidenceHistogram(
      Float64Array.from(results, ({ confidence = Number.NaN }) => confidence),
      (sample) => predictions[sample]?.prediction === predictions[sample]?.label,
      isBounded(rule.confidence) ? [0, 1] : undefined,
    ),
  }
}
