// The columns of every criterion over the same samples. Pure.
import { confidenceNames, type ConfidenceName } from '../../domain/confidence.ts'
import { createColumns, type ExitColumns } from './exit-columns.ts'
import { columnsOfScores } from './columns-of-scores.ts'
import type { ExitFit } from './exit-fit.ts'
import type { SampleScores, Scores } from './scores.ts'

/** Of the same samples. */
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

/** Each exit by its own criterion. */
export function columnsOfCriteria(
  tables: CriterionColumns,
  criteria: readonly ConfidenceName[],
): ExitColumns {
  const [first] = criteria
  if (first !== undefined && criteria.every((name) => name === first)) return tables[first]
  return createColumns(
    criteria.map((name, exit) => tables[name].confidence[exit] ?? new Float64Array()),
    criteria.map((name, exit) => tables[name].isRight[exit] ?? new Uint8Array()),
  )
}
