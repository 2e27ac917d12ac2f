// A report as text for a terminal: tables that fit it, what must be known of the files under them. Pure.
import { visibleText } from '../../domain/visible.ts'
import { textTable } from '../text-table.ts'
import type { Comparison } from './compare-runs.ts'
import type { ReportData } from './report-data.ts'
import { changesTable, differencesTable, exitsTextTable, runsTable } from './report-tables.ts'

/** Several lines without a line break at the end. */
export function reportText(data: ReportData): string {
  const { runs, comparisons } = data
  const notes = runs.flatMap(({ name, truth, notes }) =>
    [truth.note, ...notes].flatMap((note) => (note === undefined ? [] : [`${name}: ${note}`])),
  )
  return [
    textTable(runsTable(data)),
    textTable(exitsTextTable(data)),
    ...comparisons.map(comparisonText),
    ...notes.map(visibleText),
  ].join('\n')
}

function comparisonText(one: Comparison): string {
  const title = visibleText(`${one.second} less ${one.first}: ${one.matched.note}`)
  const isMatched = one.matched.by !== 'none'
  return [
    title,
    textTable(differencesTable(one)),
    ...(isMatched ? [textTable(changesTable(one))] : []),
  ].join('\n')
}
