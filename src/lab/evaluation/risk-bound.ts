// What samples that did not choose prove of the cascade's risk, and how many would prove more. Pure.
import { samplesNeeded, upperBound } from '../../domain/binomial.ts'
import type { Goal } from './goal.ts'
import type { CascadeMeasure } from './measure-cascade.ts'

/** What is proved of the risk: the share of samples that the cascade gets wrong where the last exit is right. */
export interface RiskBound {
  readonly confidence: number
  /** Samples that did not choose, and how many of them were harmed. */
  readonly samples: number
  readonly harmed: number
  readonly observed: number
  /** The risk is at most this, at the confidence (Clopper-Pearson). */
  readonly bound: number
  /** What the goal asked for, with the samples that prove it without an error, and at the observed rate. */
  readonly limit: number | undefined
  readonly samplesWithoutErrors: number | undefined
  readonly samplesAsObserved: number | undefined
}

/** The bound that a measure reaches; it must be one of samples that did not choose. */
export function boundOf(measure: CascadeMeasure, goal: Goal, confidence: number): RiskBound {
  const { samples, harmedCount, harmed } = measure
  const limit = goal.kind === 'loss' ? goal.maxLoss : undefined
  const needed = (rate: number) =>
    limit === undefined ? undefined : samplesNeeded(limit, confidence, rate)
  return {
    confidence,
    samples,
    harmed: harmedCount,
    observed: harmed,
    bound: upperBound(harmedCount, samples, confidence),
    limit,
    samplesWithoutErrors: needed(0),
    samplesAsObserved: needed(harmed),
  }
}
