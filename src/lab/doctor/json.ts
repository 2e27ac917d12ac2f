// Results for machines: one JSON object; docs/doctor.md says what its fields are.
import { jsonText } from '../../domain/json-text.ts'
import type { CheckResult } from './check.ts'
import { countsOf } from './text.ts'

interface JsonHead {
  /** Version of ddnn. */
  readonly ddnn: string
  /** The `--name` of what was examined. */
  readonly name: string
  readonly role: string
}

/** The version of this form: fields may be added to it, none change their meaning. */
const formatVersion = 1

export function jsonReport(head: JsonHead, results: readonly CheckResult[]): string {
  return jsonText({ format: formatVersion, ...head, ...outcomeOf(results) })
}

/** One process of a deployment. */
export interface ExaminedProcess {
  readonly name: string
  readonly role: string
  readonly replicas: number
  readonly results: readonly CheckResult[]
}

/** @param ddnn version of ddnn; `file` is the deployment's */
export function jsonOfDeployment(
  ddnn: string,
  file: string,
  processes: readonly ExaminedProcess[],
  /** Of all of them together. */
  results: readonly CheckResult[],
): string {
  const whole = outcomeOf(results)
  const { ok, counts } = outcomeOf([...processes.flatMap((one) => one.results), ...results])
  const each = processes.map(({ results, ...process }) => ({ ...process, ...outcomeOf(results) }))
  const head = { format: formatVersion, ddnn, deployment: file, ok, counts }
  return jsonText({ ...head, processes: each, checks: whole.checks })
}

function outcomeOf(results: readonly CheckResult[]) {
  const counts = countsOf(results)
  const checks = results.map(({ durationMs, ...result }) => ({
    ...result,
    durationMs: Math.round(durationMs * 10) / 10,
  }))
  return { ok: counts.failed === 0, counts, checks }
}
