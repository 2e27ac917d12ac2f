// Several reports of one run as one.
import type { Report } from './report.ts'

/** Tells all reports at once; closes each of them, then throws the first error there was. */
export function combineReports(reports: readonly Report[]): Report {
  return {
    async add(outcome) {
      await Promise.all(reports.map((report) => report.add(outcome)))
    },
    async close() {
      const closed = await Promise.allSettled(reports.map((report) => report.close()))
      for (const result of closed) if (result.status === 'rejected') throw result.reason
    },
  }
}
