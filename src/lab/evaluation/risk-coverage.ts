// Which criterion puts the wrong ones last: risk over coverage and the area under it. Pure.
import { ece, reliabilityBins, type Judged } from './calibration-error.ts'
import { auroc, leastAurc } from './failure-prediction.ts'

/** If only the surest share of the samples were answered. */
interface CoveragePoint {
  /** Share answered, 0 to 1. */
  readonly coverage: number
  /** Share of these that is wrong. */
  readonly risk: number
}

/** The curve of an exit under a criterion, the area under it, and what else tells right from wrong. */
export interface RiskCoverage {
  /** By rising coverage, at most `points` of them. */
  readonly curve: readonly CoveragePoint[]
  /** Mean risk over all coverages (Geifman and El-Yaniv 2017; Geifman et al. 2019); lower is better. */
  readonly aurc: number
  /** How much larger that is than with all wrong ones last: what a better criterion could gain (Geifman et al. 2019). */
  readonly excess: number
  /** Chance that a right sample is surer than a wrong one; NaN where all are right or all wrong. */
  readonly auroc: number
  /** 15 bins of equal mass, 0 to 1; undefined where the criterion is no probability of being right. */
  readonly ece?: number
}

/**
 * Samples in order of falling confidence; equal confidences are answered together, at their common risk, so
 * that the order of the input does not matter. NaN confidences come last.
 */
export function riskCoverage(
  samples: readonly Judged[],
  isProbability = false,
  points = 100,
): RiskCoverage {
  const table = {
    confidence: samples.map(({ confidence }) => confidence),
    isRight: samples.map(({ isRight }) => Number(isRight)),
  }
  const failures = {
    auroc: auroc(table),
    ...(isProbability ? { ece: ece(reliabilityBins(samples)) } : {}),
  }
  if (samples.length === 0) return { curve: [], aurc: Number.NaN, excess: Number.NaN, ...failures }
  const keyOf = ({ confidence }: Judged) => (Number.isNaN(confidence) ? -Infinity : confidence)
  const sorted = samples
    .map((sample) => ({ key: keyOf(sample), wrong: sample.isRight ? 0 : 1 }))
    .sort((a, b) => (a.key === b.key ? 0 : b.key - a.key))
  const curve: CoveragePoint[] = []
  const step = sorted.length / points
  let area = 0
  let wrong = 0
  for (let start = 0; start < sorted.length;) {
    let end = start
    let wrongHere = 0
    for (; end < sorted.length && sorted[end]?.key === sorted[start]?.key; end++) {
      wrongHere += sorted[end]?.wrong ?? 0
    }
    // Inside a tie the wrong ones come evenly: what any order gives on average.
    for (let i = 1; i <= end - start; i++) {
      area += (wrong + (wrongHere * i) / (end - start)) / (start + i)
    }
    wrong += wrongHere
    if (end === sorted.length || Math.floor(end / step) > Math.floor(start / step)) {
      curve.push({ coverage: end / sorted.length, risk: wrong / end })
    }
    start = end
  }
  const aurc = area / sorted.length
  return { curve, aurc, excess: aurc - leastAurc(sorted.length, wrong), ...failures }
}
