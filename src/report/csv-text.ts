// A CSV with commas as text, for files that tools of others read; ours with semicolons are csv-file.ts.
import { createArrayCsvStringifier } from 'csv-writer'
import { csvCell } from './csv-cell.ts'

/** The header and all rows, each with a line break; cells as `csvCell` makes them. */
export function csvText(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const stringifier = createArrayCsvStringifier({ header: columns.map(csvCell) })
  return (
    (stringifier.getHeaderString() ?? '') +
    stringifier.stringifyRecords(rows.map((cells) => cells.map(csvCell)))
  )
}
