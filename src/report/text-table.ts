// A table as text, for stdout: the first column to the left, numbers to the right.
import Table from 'cli-table3'
import { visibleText } from '../domain/visible.ts'
import type { ReportTable } from './page/page.ts'

/** Several lines without a line break at the end. */
export function textTable({ header, rows }: ReportTable): string {
  const table = new Table({
    head: header.map(visibleText),
    colAligns: header.map((_, column) => (column === 0 ? 'left' : 'right')),
    // No colours: the text goes to files and tests too.
    style: { head: [], border: [] },
    // No lines between rows: several tables are to fit a screen.
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  })
  for (const row of rows) table.push(row.map(visibleText))
  return table.toString()
}
