// Sections of a bench's page: latency of each load, as numbers and as curves.
import type { BenchResult, BenchRow } from '../result.ts'
import type { ReportSection } from '../../../report/page/page.ts'
import type { Chart, LineSeries } from '../../../report/plot/plot.ts'
import { loadGroups, type LoadGroup } from './groups.ts'
import { over } from './measures.ts'
import { isWide } from './log-axis.ts'
import { medianOf, shortNumber } from './numbers.ts'

const percentiles = ['mean', 'p50', 'p90', 'p95', 'p99', 'max'] as const

/** A section a load: the numbers, and percentiles as a line a contestant. */
export function latencySections(result: BenchResult): readonly ReportSection[] {
  const names = result.contestants.map(({ name }) => name)
  return loadGroups(result).map((group) => ({
    title: `Latency: ${group.label}`,
    text: [
      `From the scheduled send to the answer, medians over rounds.${
        group.scenario === 'server'
          ? ' Each contestant at the highest rate that held its bound, or the lowest where none did.'
          : ''
      }`,
    ],
    table: {
      header: ['Contestant', ...percentiles.map((name) => `${name} ms`), 'Images/s'],
      rows: [...group.runs].map(([name, rows]) => [
        name,
        ...percentiles.map((one) => shortNumber(over(rows, ({ latency }) => latency[one]))),
        shortNumber(over(rows, ({ imagesPerSecond }) => imagesPerSecond)),
      ]),
    },
    charts: [latencyChart(group, names)],
  }))
}

function latencyChart({ label, runs }: LoadGroup, names: readonly string[]): Chart {
  const series = [...runs].map(([name, rows]) => ({ name, points: curveOf(rows) }))
  return {
    kind: 'lines',
    title: `Latency by percentile: ${label}`,
    xLabel: 'Percentile of the images',
    yLabel: 'Latency (ms)',
    series,
    xRange: [0, 100],
    isLogY: isWide(series),
    colourGroups: names,
  }
}

/** The median over rounds at each percentile. */
function curveOf(rows: readonly BenchRow[]): LineSeries['points'] {
  const length = Math.max(0, ...rows.map(({ latency }) => latency.curve.length))
  return Array.from({ length }, (_, i) => [
    (i / (length - 1)) * 100,
    medianOf(rows.map(({ latency }) => latency.curve[i])),
  ])
}
