// The columns of every criterion over the same samples. Pure.
import { confidenceNames, type ConfidenceName } from '../../domain/confidence.ts'
import type { ExitColumns } from './exit-columns.ts'
import { columnsOfScores } from './columns-of-scores.ts'
import type { ExitFit } from './exit-fit.ts'
import type { SampleScores, Scores } from './scores.ts'

export type CriterionColumns = Readonly<Record<ConfidenceName, ExitColumns>>

/** A set of columns a criterion; the fits are those of the exits. */
export function columnsByCriterion(
  samples: readonly SampleScores[],
  { exits }: Scores,
  fits: readonly ExitFit[],
): CriterionColumns {
  const entries = confidenceNames.map(
    (name) => [name, columnsOfScores(samples, exits, fits, name)] as const,
  )
  return Object.fromEntries(entries) as Record<ConfidenceName, ExitColumns>
}
