// Results for machines: one JSON object; docs/doctor.md says what its fields are.
import type { CheckResult } from './check.ts'
import { countsOf } from './text.ts'

export interface JsonHead {
  /** Version of ddnn. */
  readonly ddnn: string
  /** The `--name` of what was examined. */
  readonly name: string
  readonly role: string
}

/** The version of this form: fields may be added to it, none change their meaning. */
const formatVersion = 1

export function jsonReport(head: JsonHead, results: readonly CheckResult[]): string {
  const counts = countsOf(results)
  const report = {
    format: formatVersion,
    ...head,
    ok: counts.failed === 0,
    counts,
    checks: results.map(({ durationMs, ...result }) => ({
      ...result,
      durationMs: Math.round(durationMs * 10) / 10,
    })),
  }
  return `${JSON.stringify(report, null, 2)}\n`
}
