// The table of every criterion over the same samples. Pure.
import { confidenceNames, isBounded, type ConfidenceName } from '../../domain/confidence.ts'
import { neverLeaves, type CascadeTable } from './cascade-table.ts'
import { exitTable } from './exit-table.ts'
import type { SampleScores, Scores } from './scores.ts'

export type CriterionTables = Readonly<Record<ConfidenceName, CascadeTable>>

/** One table a criterion; the temperatures are those of the exits. */
export function tablesOf(
  samples: readonly SampleScores[],
  { exits }: Scores,
  temperatures: readonly number[],
): CriterionTables {
  const entries = confidenceNames.map(
    (name) => [name, exitTable(samples, exits, temperatures, name)] as const,
  )
  return Object.fromEntries(entries) as Record<ConfidenceName, CascadeTable>
}

/** A threshold that lets none leave under this criterion. */
export function neverOf(criterion: ConfidenceName): number {
  return isBounded(criterion) ? neverLeaves.bounded : neverLeaves.raw
}
