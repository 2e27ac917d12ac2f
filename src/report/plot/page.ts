// A report as one HTML page: facts, tables, charts. Nothing is loaded from elsewhere.
import type { ReportPage } from './plot.ts'

/** The whole page as text. */
export function renderReportPage(page: ReportPage): string {
  return `<!doctype html><title>${page.title}</title>`
}
