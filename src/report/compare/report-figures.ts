// The figures of a report that become files, NAME.svg and NAME.png. Pure.
import { renderFigure } from '../plot/figure.ts'
import type { Chart } from '../plot/plot.ts'
import { accuracyChart, confusionCharts, movesChart, sharesChart } from './exit-charts.ts'
import { exitLatencyCharts, latencyChart } from './latency-charts.ts'
import type { ReportData } from './report-data.ts'
import { timelineCharts } from './timeline-charts.ts'

interface DrawnFigure {
  readonly name: string
  readonly svg: string
}

/** Charts of one kind side by side, two a row. Kinds that the files do not tell are left out. */
export function reportFigures(data: ReportData): readonly DrawnFigure[] {
  const accuracy = accuracyChart(data)
  const shares = sharesChart(data)
  const latency = latencyChart(data)
  const moves = data.comparisons.flatMap((one) => movesChart(data.exits, one) ?? [])
  const figures: Readonly<Record<string, readonly Chart[]>> = {
    accuracy: accuracy === undefined ? [] : [accuracy],
    exits: shares === undefined ? [] : [shares],
    latency: latency === undefined ? [] : [latency],
    'latency-by-exit': exitLatencyCharts(data),
    timeline: timelineCharts(data),
    confusion: confusionCharts(data),
    moves,
  }
  return Object.entries(figures).flatMap(([name, charts]) =>
    charts.length === 0 ? [] : [{ name, svg: renderFigure(charts, Math.min(2, charts.length)) }],
  )
}
