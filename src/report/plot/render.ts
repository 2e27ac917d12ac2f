// A chart as SVG text.
import type { Spec } from 'vega'
import { escapeHtml } from '../html-text.ts'
import { barSpec } from './bars.ts'
import { lineSpec } from './lines.ts'
import { matrixSpec } from './matrix.ts'
import type { Chart } from './plot.ts'
import { reliabilitySpec } from './reliability.ts'
import type { ChartSize } from './spec-parts.ts'
import { drawSpec } from './vega.ts'

export type { ChartSize } from './spec-parts.ts'

/**
 * The whole chart as one `<svg>` element, on white. The same chart gives the same text; needs no DOM. A matrix
 * grows with its classes; bars lie down, and grow, where their names are long and no size is asked for.
 */
export function renderChart(chart: Chart, size?: ChartSize): string {
  const label = [chart.title, chart.subtitle].filter((text) => text !== undefined).join('. ')
  const svg = drawSpec(specOf(chart, size))
  return svg.replace('<svg', () => `<svg role="img" aria-label="${escapeHtml(label)}"`)
}

const standard: ChartSize = { width: 640, height: 420 }
const square: ChartSize = { width: 480, height: 500 }

function specOf(chart: Chart, size: ChartSize | undefined): Spec {
  switch (chart.kind) {
    case 'lines':
      return lineSpec(chart, size ?? standard)
    case 'bars':
      return barSpec(chart, size, standard)
    case 'reliability':
      return reliabilitySpec(chart, size ?? square)
    case 'matrix':
      return matrixSpec(chart, size?.width)
  }
}
