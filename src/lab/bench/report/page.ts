// A bench as one HTML page: results, curves, where time, CPU and bytes go, and facts. A table beside each chart.
import type { BenchResult } from '../result.ts'
import { renderReportPage } from '../../../report/page/render-page.ts'
import type { ReportSection } from '../../../report/page/page.ts'
import { benchFacts, describeSetup } from './facts.ts'
import { byteSections, cpuSections } from './page-costs.ts'
import { benchHeadline } from './headline.ts'
import { exitSections } from './page-exits.ts'
import { latencySections } from './page-latency.ts'
import { throughputSections } from './page-throughput.ts'
import { timeSections } from './page-time.ts'
import { ratioTable, ratioText } from './ratio-table.ts'
import { failureLines, resultTable } from './result-table.ts'

/** The whole page as text; nothing is loaded from elsewhere. */
export function benchPage(result: BenchResult): string {
  return renderReportPage({
    title: `A bench ${describeSetup(result)}`,
    headline: benchHeadline(result),
    provenance: benchFacts(result),
    sections: [
      {
        title: 'Results',
        text: [
          'Medians over rounds; CPU of all processes and bytes are means an image. "Judged by" is what MLPerf judges the scenario by.',
          ...failureLines(result),
        ],
        table: resultTable(result),
      },
      ...ratioSections(result),
      {
        title: 'Who was measured',
        table: {
          header: ['Contestant', 'Kind', 'Made of'],
          rows: result.contestants.map(({ name, kind, description }) => [name, kind, description]),
        },
      },
      ...latencySections(result),
      ...throughputSections(result),
      ...timeSections(result),
      ...cpuSections(result),
      ...byteSections(result),
      ...exitSections(result),
    ],
  })
}

function ratioSections(result: BenchResult): readonly ReportSection[] {
  const table = ratioTable(result)
  return table.rows.length === 0 ? [] : [{ title: 'Ratios', text: [ratioText], table }]
}
