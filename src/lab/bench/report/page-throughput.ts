// Section of a bench's page: latency against throughput, for numbers in flight and for rates of arrival.
import type { BenchResult, BenchRow } from '../result.ts'
import type { ReportSection, ReportTable } from '../../../report/page/page.ts'
import type { Chart, LineSeries } from '../../../report/plot/plot.ts'
import { isWide } from './log-axis.ts'
import { over } from './measures.ts'
import { shortNumber } from './numbers.ts'

/** Latency against throughput, where several loads of one kind were tried; none where not. */
export function throughputSections(result: BenchResult): readonly ReportSection[] {
  const charts = [
    throughputChart(result, 'concurrency', 'p50', 'more and more in flight'),
    throughputChart(result, 'server', 'p99', 'arrivals at several rates'),
  ].filter((chart) => chart !== undefined)
  if (charts.length === 0) return []
  return [
    {
      title: 'Latency against throughput',
      text: [
        'A point a load, medians over rounds. The lower and the further to the right, the better; where a line turns upwards, more load brings waiting alone.',
      ],
      table: throughputTable(result),
      charts,
    },
  ]
}

interface LoadPoint {
  readonly contestant: string
  readonly load: number
  readonly rows: readonly BenchRow[]
}

/** Rows by contestant and number in flight or rate, upwards. */
function loadPoints(result: BenchResult, scenario: string): readonly LoadPoint[] {
  const loadOf = ({ inFlight, rate }: BenchRow) => inFlight ?? rate ?? 0
  return result.contestants.flatMap(({ name }) => {
    const own = result.rows.filter((row) => row.scenario === scenario && row.contestant === name)
    const loads = [...new Set(own.map(loadOf))].toSorted((a, b) => a - b)
    return loads.map((load) => ({
      contestant: name,
      load,
      rows: own.filter((row) => loadOf(row) === load),
    }))
  })
}

function throughputChart(
  result: BenchResult,
  scenario: 'concurrency' | 'server',
  percentile: 'p50' | 'p99',
  subtitle: string,
): Chart | undefined {
  const points = loadPoints(result, scenario)
  const names = result.contestants.map(({ name }) => name)
  const series = names.flatMap((name): LineSeries[] => {
    const own = points.filter(({ contestant }) => contestant === name)
    return own.length === 0
      ? []
      : [{ name, points: own.map((one) => pointOf(one, percentile)), hasDots: true }]
  })
  if (!series.some((one) => one.points.length > 1)) return undefined
  return {
    kind: 'lines',
    title: `${percentile} latency over images a second`,
    subtitle: `${scenario}: ${subtitle}`,
    xLabel: 'Images a second',
    yLabel: `${percentile} latency (ms)`,
    series,
    isLogY: isWide(series),
    colourGroups: names,
  }
}

function pointOf({ rows }: LoadPoint, percentile: 'p50' | 'p99'): readonly [number, number] {
  return [
    over(rows, ({ imagesPerSecond }) => imagesPerSecond),
    over(rows, ({ latency }) => latency[percentile]),
  ]
}

function throughputTable(result: BenchResult): ReportTable {
  const rows = (['concurrency', 'server'] as const).flatMap((scenario) =>
    loadPoints(result, scenario).map(({ contestant, load, rows }) => {
      const held = rows.filter(({ isHeld }) => isHeld === true).length
      return [
        contestant,
        scenario === 'server' ? `${shortNumber(load)} a second arrive` : `${load} in flight`,
        shortNumber(over(rows, ({ imagesPerSecond }) => imagesPerSecond)),
        shortNumber(over(rows, ({ latency }) => latency.p50)),
        shortNumber(over(rows, ({ latency }) => latency.p99)),
        scenario === 'server' ? `in ${held} of ${rows.length} rounds` : '',
      ]
    }),
  )
  return { header: ['Contestant', 'Load', 'Images/s', 'p50 ms', 'p99 ms', 'Bound held'], rows }
}
