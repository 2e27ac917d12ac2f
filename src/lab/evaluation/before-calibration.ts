// What the models did before they were calibrated: by their manifests, or by default where these say nothing. Pure.
import type { ExitRule } from '../../domain/exit.ts'
import { columnsByRules } from './columns-of-scores.ts'
import { measureCascade, type CascadeMeasure } from './measure-cascade.ts'
import type { ExitFacts, SampleScores } from './scores.ts'

export interface BeforeCalibration {
  /** Of the same samples as what came out: those that did not choose, if any. */
  readonly measure: CascadeMeasure
  /** Whether a manifest named a temperature or a threshold; else these are defaults. */
  readonly isCalibrated: boolean
  /** By which each exit decided, in order. */
  readonly rules: readonly Pick<ExitRule, 'confidence' | 'temperature' | 'threshold'>[]
}

/** `rules` are in the order of the exits; `exitMs` is the expected time of a sample that leaves at each. */
export function measureBefore(
  samples: readonly SampleScores[],
  exits: readonly ExitFacts[],
  rules: readonly ExitRule[],
  exitMs: readonly number[],
): BeforeCalibration {
  // What outputs are was found out on the samples where manifests do not say.
  const known = rules.map((rule, i) => ({ ...rule, gives: exits[i]?.gives ?? rule.gives }))
  const thresholds = rules.slice(0, -1).map(({ threshold }) => threshold)
  return {
    measure: measureCascade(columnsByRules(samples, known), thresholds, exitMs),
    isCalibrated: exits.some(
      ({ temperature, threshold }) => temperature !== undefined || threshold !== undefined,
    ),
    rules: rules.map(({ confidence, temperature, threshold }) => ({
      ...{ confidence, temperature, threshold },
    })),
  }
}
