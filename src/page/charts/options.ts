// How uPlot draws: two minutes back from now, quiet grid, colours of the style sheet.
import type uPlot from 'uplot'
import { keptMs } from '../history.ts'

export interface ChartSeries {
  readonly name: string
  /** A custom property of the style sheet. */
  readonly colour: string
  /** Lengths of dash and gap: colour is never all that tells lines apart. */
  readonly dash: readonly number[]
}

interface ChartLook {
  readonly size: { readonly width: number; readonly height: number }
  /** In the order of drawing. */
  readonly series: readonly ChartSeries[]
  readonly isStacked: boolean
  readonly text: (value: number) => string
}

export function chartOptions({ size, series, isStacked, text }: ChartLook): uPlot.Options {
  const style = getComputedStyle(document.documentElement)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const axis: uPlot.Axis = {
    stroke: colour('--soft-ink'),
    font: `12px ${getComputedStyle(document.body).fontFamily}`,
    grid: { stroke: colour('--grid'), width: 1 },
    ticks: { show: false },
  }
  return {
    ...size,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 18, 0, 0],
    scales: {
      // A page that was opened just now is not empty for two minutes.
      x: { time: false, range: (_, oldest) => [startOf(oldest), 0] },
      // From zero: areas are read by their height, and latencies by how many times as long.
      y: { range: (_, __, most) => [0, topOf(most)] },
    },
    axes: [
      {
        ...axis,
        size: 24,
        incrs: [5, 10, 30],
        space: 70,
        values: (_, splits) => splits.map((ago) => (ago === 0 ? 'now' : `${ago} s`)),
      },
      { ...axis, size: 58, space: 34, values: (_, splits) => splits.map(text) },
    ],
    series: [
      {},
      ...series.map((one): uPlot.Series => {
        const ink = colour(one.colour)
        return {
          label: one.name,
          stroke: ink,
          width: isStacked ? 1 : 2,
          points: { show: false },
          dash: [...one.dash],
          ...(isStacked ? { fill: ink } : {}),
        }
      }),
    ],
  }
}

/** Seconds before now that a chart begins at. */
function startOf(oldest: number | null): number {
  return Math.max(-keptMs / 1000, Math.min(-30, oldest ?? 0))
}

/** A little above the highest value; of nothing, one. */
function topOf(most: number | null): number {
  return most === null || most <= 0 ? 1 : most * 1.08
}
