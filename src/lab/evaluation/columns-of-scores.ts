// From scores to the columns that thresholds are searched over, for one criterion. Pure.
import {
  argmax,
  confidenceOf,
  logitsOf,
  probabilitiesOf,
  type ConfidenceName,
} from '../../domain/confidence.ts'
import type { ExitVoice } from '../../domain/exit.ts'
import { isEveryFinite } from '../../domain/finite.ts'
import { brierOf, type Judged } from './calibration-error.ts'
import { createColumns, type ExitColumns } from './exit-columns.ts'
import { hearAll, hearAt, voicesOf, type ExitFit } from './exit-fit.ts'
import type { ExitFacts, SampleScores } from './scores.ts'
import type { Scored } from './temperature.ts'

/** Confidence and rightness of these samples at every exit, by one criterion or by one an exit; NaN and wrong where a value is no number. */
export function columnsOfScores(
  samples: readonly SampleScores[],
  exits: readonly ExitFacts[],
  fits: readonly ExitFit[],
  criterion: ConfidenceName | readonly ConfidenceName[],
): ExitColumns {
  const of = (exit: number) => (typeof criterion === 'string' ? criterion : criterion[exit])
  return columnsByRules(
    samples,
    voicesOf(exits, fits).map((voice, i) => ({ ...voice, confidence: of(i) ?? 'softmax' })),
  )
}

/** The same where each exit has a criterion of its own: as manifests may say. */
export function columnsByRules(
  samples: readonly SampleScores[],
  rules: readonly (ExitVoice & { readonly confidence: ConfidenceName })[],
): ExitColumns {
  const confidence = rules.map(() => new Float64Array(samples.length))
  const isRight = rules.map(() => new Uint8Array(samples.length))
  for (const [s, sample] of samples.entries()) {
    for (const [exit, { values, gives, temperature }] of hearAll(sample, rules).entries()) {
      const isFinite = isEveryFinite(values)
      const { confidence: name, learned } = rules[exit] as (typeof rules)[number]
      ;(confidence[exit] as Float64Array)[s] = isFinite
        ? confidenceOf(values, name, gives, temperature, learned)
        : Number.NaN
      ;(isRight[exit] as Uint8Array)[s] = Number(isFinite && argmax(values) === sample.label)
    }
  }
  return createColumns(confidence, isRight)
}

/** What one exit goes by, as logits with the labels, for the fit of a temperature. */
export function scoredOf(
  samples: readonly SampleScores[],
  voices: readonly ExitVoice[],
  exit: number,
): readonly Scored[] {
  return samples.map((sample) => {
    const { values, gives } = hearAt(sample, voices, exit)
    return { logits: logitsOf(values, gives), label: sample.label }
  })
}

/** Largest probability and rightness of one exit's samples, those without numbers left out. */
export function judgedOf(
  samples: readonly SampleScores[],
  voices: readonly ExitVoice[],
  exit: number,
): { readonly judged: readonly Judged[]; readonly nll: number; readonly brier: number } {
  const judged: Judged[] = []
  let nll = 0
  let brier = 0
  for (const sample of samples) {
    const { label } = sample
    const { values, gives, temperature } = hearAt(sample, voices, exit)
    const p = probabilitiesOf(values, gives, temperature)
    const best = argmax(p)
    if (best === -1 || p.includes(Number.NaN)) continue
    judged.push({ confidence: p[best] as number, isRight: best === label })
    nll -= Math.log(Math.max(p[label] ?? 0, Number.MIN_VALUE))
    brier += brierOf(p, label)
  }
  return { judged, nll: nll / judged.length, brier: brier / judged.length }
}
