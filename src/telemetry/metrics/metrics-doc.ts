// The series of docs/metrics.md from their table: `npm run docs` writes them, a test holds them against it.
import { metricTable, type SeriesRow } from './table.ts'

const mark =
  '<!-- The series below are made from src/telemetry/metrics/table.ts by `npm run docs`. -->'

/** The page with its series anew: all that stands behind the mark. */
export function withSeries(page: string): string {
  const at = page.indexOf(mark)
  if (at === -1) throw new Error(`Expected '${mark}' in docs/metrics.md`)
  const series = Object.values(metricTable).map(render).join('\n\n')
  return `${page.slice(0, at)}${mark}\n\n${series}\n`
}

function render({ type, name, help, labels, buckets }: SeriesRow): string {
  const rows = Object.entries(labels).map(([label, values]) => {
    const told = typeof values === 'string' ? values : values.map((one) => `\`${one}\``).join(', ')
    return `- \`${label}\`: ${told}`
  })
  const kind = buckets === undefined ? type : `${type}, up to ${buckets.join(', ')}`
  return [`### ${name}`, '', `${help} (${kind}).`, '', ...rows].join('\n')
}
