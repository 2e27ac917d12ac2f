// From scores to the columns that thresholds are searched over, for one criterion. Pure.
import {
  argmax,
  confidenceOf,
  logitsOf,
  probabilitiesOf,
  type ConfidenceName,
} from '../../domain/confidence.ts'
import type { ExitRule } from '../../domain/exit.ts'
import { isEveryFinite } from '../../domain/finite.ts'
import { brierOf, type Judged } from './calibration-error.ts'
import { createColumns, type ExitColumns } from './exit-columns.ts'
import type { ExitFacts, SampleScores } from './scores.ts'
import type { Scored } from './temperature.ts'

/** Confidence and rightness of these samples at every exit; NaN and wrong where a value is no number. */
export function columnsOfScores(
  samples: readonly SampleScores[],
  exits: readonly ExitFacts[],
  temperatures: readonly number[],
  criterion: ConfidenceName,
): ExitColumns {
  const rules = exits.map(({ gives }, exit) => ({
    ...{ confidence: criterion, gives },
    temperature: temperatures[exit] ?? 1,
  }))
  return columnsByRules(samples, rules)
}

/** The same where each exit has a criterion and a temperature of its own: as manifests may say. */
export function columnsByRules(
  samples: readonly SampleScores[],
  rules: readonly Pick<ExitRule, 'confidence' | 'gives' | 'temperature'>[],
): ExitColumns {
  return createColumns(
    rules.map(({ confidence, gives, temperature }, exit) =>
      Float64Array.from(samples, ({ values: { [exit]: own = [] } }) =>
        isEveryFinite(own) ? confidenceOf(own, confidence, gives, temperature) : Number.NaN,
      ),
    ),
    rules.map((_, exit) =>
      Uint8Array.from(samples, ({ values: { [exit]: own = [] }, label }) =>
        Number(isEveryFinite(own) && argmax(own) === label),
      ),
    ),
  )
}

/** One exit's logits with the labels, for the fit of its temperature. */
export function scoredOf(
  samples: readonly SampleScores[],
  { gives }: ExitFacts,
  exit: number,
): readonly Scored[] {
  return samples.map(({ values, label }) => ({
    logits: logitsOf(values[exit] ?? [], gives),
    label,
  }))
}

/** Largest probability and rightness of one exit's samples, those without numbers left out. */
export function judgedOf(
  samples: readonly SampleScores[],
  { gives }: ExitFacts,
  exit: number,
  temperature: number,
): { readonly judged: readonly Judged[]; readonly nll: number; readonly brier: number } {
  const judged: Judged[] = []
  let nll = 0
  let brier = 0
  for (const { values, label } of samples) {
    const p = probabilitiesOf(values[exit] ?? [], gives, temperature)
    const best = argmax(p)
    if (best === -1 || p.includes(Number.NaN)) continue
    judged.push({ confidence: p[best] as number, isRight: best === label })
    nll -= Math.log(Math.max(p[label] ?? 0, Number.MIN_VALUE))
    brier += brierOf(p, label)
  }
  return { judged, nll: nll / judged.length, brier: brier / judged.length }
}
