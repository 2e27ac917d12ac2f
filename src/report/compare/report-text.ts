// A report as text for a terminal: tables that fit it, what must be known of the files under them. Pure.
import { visibleText } from '../../domain/visible.ts'
import { textTable } from '../text-table.ts'
import type { Comparison } from './compare-runs.ts'
import type { ReportData, ReportedRun } from './report-data.ts'
import { changesTable, differencesTable, exitsTextTable, runsTable } from './report-tables.ts'

/** Several lines without a line break at the end. */
export function reportText(data: ReportData): string {
  const { runs, comparisons } = data
  const notes = runs.flatMap(({ name, truth, notes }) =>
    [truth.note, ...notes].flatMap((note) => (note === undefined ? [] : [`${name}: ${note}`])),
  )
  return [
    textTable(runsTable(data)),
    ...(data.exits.length === 0 ? [] : [textTable(exitsTextTable(data))]),
    ...comparisons.map(comparisonText),
    ...runs.flatMap(failuresText),
    ...notes.map(visibleText),
  ].join('\n')
}

/** '5 without an answer: 4 DDNN_REPLY_TIMEOUT, 1 other'. */
function failuresText({ name, figures: { failed, failures } }: ReportedRun): readonly string[] {
  if (failed === 0) return []
  const codes = failures.map(
    ({ code, count }) => `${count} ${code === 'none' ? 'for no named reason' : code}`,
  )
  return [visibleText(`${name}: ${failed} without an answer: ${codes.join(', ')}`)]
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
