// A chart as SVG text.
import type { Spec } from 'vega'
import { escapeHtml } from '../page/escape.ts'
import { barSpec } from './bars.ts'
import { lineSpec } from './lines.ts'
import { matrixSpec } from './matrix.ts'
import { pointSpec } from './points.ts'
import type { Chart } from './plot.ts'
import { reliabilitySpec } from './reliability.ts'
import type { ChartSize } from './spec-parts.ts'
import { drawSpec } from './vega.ts'

export type { ChartSize } from './spec-parts.ts'

/**
 * The whole chart as one `<svg>` element, on white (`themed` of palette.ts lets it follow a page). The same chart gives the same text; needs no DOM. A matrix
 * grows with its classes; bars lie down, and grow, where their names are long and no size is asked for.
 */
export function renderChart(chart: Chart, size?: ChartSize, sizes = drawingSizes): string {
  const label = [chart.title, chart.subtitle].filter((text) => text !== undefined).join('. ')
  const svg = drawSpec(specOf(chart, size, sizes))
  return svg.replace('<svg', () => `<svg role="img" aria-label="${escapeHtml(label)}"`)
}

/** Sizes of charts that are asked for none: of most, and of those whose axes are alike. */
interface StandardSizes {
  readonly standard: ChartSize
  readonly square: ChartSize
}

/** Of files. */
const drawingSizes: StandardSizes = {
  standard: { width: 640, height: 420 },
  square: { width: 480, height: 500 },
}

/** Of pages: scaled to a phone's width texts are still read, and two stand side by side on a desk's screen. */
export const pageSizes: StandardSizes = {
  standard: { width: 480, height: 340 },
  square: { width: 440, height: 460 },
}

function specOf(
  chart: Chart,
  size: ChartSize | undefined,
  { standard, square }: StandardSizes,
): Spec {
  switch (chart.kind) {
    case 'lines':
      return lineSpec(chart, size ?? standard)
    case 'bars':
      return barSpec(chart, size, standard)
    case 'points':
      return pointSpec(chart, size ?? standard)
    case 'reliability':
      return reliabilitySpec(chart, size ?? square)
    case 'matrix':
      return matrixSpec(chart, size?.width)
  }
}
