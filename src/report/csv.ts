// The CSV of a device's run: a new file, a row a sample in sample order.
import { cellsOf, columnsOf, type CsvForm } from './csv-columns.ts'
import { openCsvFile } from './csv-file.ts'
import type { Report } from './report.ts'

interface CsvReportOptions {
  readonly file: string
  readonly form: CsvForm
}

/** @throws DDNN_OUTPUT_BUSY, DDNN_OUTPUT_FAILED */
export async function openCsvReport(options: CsvReportOptions): Promise<Report> {
  const { file, form } = options
  const csv = await openCsvFile({ file, columns: columnsOf(form), mode: 'replace' })
  return {
    add: (outcome) => csv.append(cellsOf(outcome, form)),
    // One write for all.
    addAll: async (outcomes) => {
      await Promise.all(outcomes.map((outcome) => csv.append(cellsOf(outcome, form))))
    },
    close: () => csv.close(),
  }
}
