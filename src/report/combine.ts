// Several reports of one run as one.
import type { Outcome } from '../domain/outcome.ts'
import type { Report } from './report.ts'

/** Tells all reports at once; closes each of them, then throws the first error there was. */
export function combineReports(reports: readonly Report[]): Report {
  return {
    async add(outcome) {
      await Promise.all(reports.map((report) => report.add(outcome)))
    },
    async addAll(outcomes) {
      await Promise.all(reports.map((report) => addAllTo(report, outcomes)))
    },
    async close() {
      const closed = await Promise.allSettled(reports.map((report) => report.close()))
      for (const result of closed) if (result.status === 'rejected') throw result.reason
    },
  }
}

async function addAllTo(report: Report, outcomes: readonly Outcome[]): Promise<void> {
  if (report.addAll !== undefined) return report.addAll(outcomes)
  for (const outcome of outcomes) await report.add(outcome)
}
