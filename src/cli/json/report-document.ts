// What `ddnn report` found as its document: what is not known is null.
import type { ReportData } from '../../report/compare/report-data.ts'
import { reportSchema, type ReportDocument } from './report.ts'

interface MadeWith {
  readonly createdAt: string
  readonly ddnn: string
  /** By run. */
  readonly sha256: readonly string[]
}

export function reportDocument(
  { exits, runs, comparisons, hardest }: ReportData,
  { createdAt, ddnn, sha256 }: MadeWith,
): Omit<ReportDocument, 'written'> {
  const document = {
    ...{ format: 1, createdAt, ddnn, exits },
    runs: runs.map((run, i) => ({ ...run, sha256: sha256[i] })),
    ...{ comparisons, hardest },
  }
  return reportSchema.omit({ written: true }).parse(withNulls(document))
}

/** As JSON has it, with null in place of what is undefined or no number. */
function withNulls(value: object): unknown {
  return JSON.parse(JSON.stringify(value, (_, one: unknown) => (one === undefined ? null : one)))
}
