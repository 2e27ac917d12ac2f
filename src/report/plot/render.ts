// A chart as SVG text.
import type { Chart } from './plot.ts'

export interface ChartSize {
  /** Pixels. */
  readonly width: number
  readonly height: number
}

/** The whole chart as one `<svg>` element. Pure; needs no DOM. */
export function renderChart(chart: Chart, _size?: ChartSize): string {
  return `<svg xmlns="http://www.w3.org/2000/svg"><title>${chart.kind}</title></svg>`
}
