// A MatrixChart as Vega's specification: counts in cells, shaded by their share of the row, so that classes
// of any size compare. The plot grows with the classes; a hundred of them have shades alone.
import type { Axis, Legend, Mark, Scale, Spec } from 'vega'
import { gridInk, ink, shadeInk, softInk } from './palette.ts'
import type { MatrixChart } from './plot.ts'
import { shorten, titleOf } from './spec-parts.ts'
import { textWidth } from './text-width.ts'

const longestLabel = 180
/** Pixels of a cell by the larger number of classes; counts are written from `leastForCounts` on. */
const cellSizes = [
  { classes: 6, cell: 64 },
  { classes: 12, cell: 46 },
  { classes: 24, cell: 34 },
  { classes: 48, cell: 18 },
  { classes: Infinity, cell: 11 },
] as const
const leastForCounts = 34
/** The least width of the whole, so that titles have a place. */
const leastRoom = 460

/** How solid a cell of the whole row is: ink stays readable on it, in light and in dark. */
const mostSolid = 0.72

export function matrixSpec(chart: MatrixChart, width: number | undefined): Spec {
  const { rows, columns } = chart
  const most = Math.max(rows.length, columns.length, 1)
  const standard = cellSizes.find(({ classes }) => most <= classes)?.cell ?? 11
  const cell =
    width === undefined ? standard : Math.max(8, Math.min(standard, (width - 160) / most))
  const labelSize = Math.max(8, Math.min(12, cell - 1))
  const isTurned = columns.some((name) => textWidth(name, labelSize) > cell - 6)
  const plot = { width: cell * columns.length, height: cell * rows.length }
  const room = Math.max(leastRoom, plot.width + 120)
  return {
    ...plot,
    padding: 0,
    autosize: 'pad',
    title: titleOf(chart, { width: room, height: 0 }),
    signals: [
      { name: 'rowNames', value: rows.map((name) => shorten(name, longestLabel, labelSize)) },
      {
        name: 'columnNames',
        value: columns.map((name) => shorten(name, longestLabel, labelSize)),
      },
    ],
    data: [{ name: 'cells', values: cellsOf(chart, cell >= leastForCounts) }],
    scales: scalesOf(chart),
    axes: matrixAxes(chart, labelSize, isTurned),
    legends: [legend],
    marks: cell >= leastForCounts ? [cellMark(true), counts] : [frame, cellMark(false)],
  }
}

function cellsOf({ rows, columns, values }: MatrixChart, hasEmpty: boolean) {
  return rows.flatMap((_, row) => {
    const counts = columns.map((__, column) => {
      const count = values[row]?.[column] ?? 0
      return Number.isFinite(count) ? count : 0
    })
    const sum = counts.reduce((a, b) => a + b, 0)
    const cells = counts.map((count, column) => ({
      row,
      column,
      share: sum === 0 ? 0 : count / sum,
      text: describeCount(count),
    }))
    // Of a hundred classes most pairs are empty: a megabyte of white squares.
    return hasEmpty ? cells : cells.filter(({ share }) => share > 0)
  })
}

/** As many digits as a cell holds. */
function describeCount(count: number): string {
  if (Math.abs(count) >= 10_000) return `${(count / 1000).toFixed(0)}k`
  return Number.isInteger(count) ? String(count) : count.toFixed(2)
}

function scalesOf({ rows, columns }: MatrixChart): Scale[] {
  return [
    { name: 'x', type: 'band', domain: columns.map((_, i) => i), range: 'width' },
    {
      name: 'y',
      type: 'band',
      domain: rows.map((_, i) => i),
      range: [0, { signal: 'height' }],
    },
    {
      name: 'shade',
      type: 'linear',
      domain: [0, 1],
      range: [0, mostSolid],
    },
  ]
}

function matrixAxes(
  { xLabel, yLabel }: MatrixChart,
  labelFontSize: number,
  isTurned: boolean,
): Axis[] {
  const plain = { domain: false, ticks: false, labelFontSize, labelOverlap: false } as const
  const named = (signal: string) => ({
    encode: { labels: { update: { text: { signal: `${signal}[datum.value]` } } } },
  })
  return [
    { ...plain, ...named('rowNames'), orient: 'left', scale: 'y', title: yLabel },
    {
      ...plain,
      ...named('columnNames'),
      orient: 'bottom',
      scale: 'x',
      title: xLabel,
      ...(isTurned ? { labelAngle: -45, labelAlign: 'right', labelBaseline: 'middle' } : {}),
    },
  ]
}

const legend: Legend = {
  opacity: 'shade',
  type: 'symbol',
  symbolType: 'square',
  symbolFillColor: shadeInk,
  symbolStrokeColor: softInk,
  symbolStrokeWidth: 0.5,
  orient: 'right',
  title: 'Share of row',
  values: [0, 0.25, 0.5, 0.75, 1],
  format: '.0%',
}

const place = {
  x: { scale: 'x', field: 'column' },
  y: { scale: 'y', field: 'row' },
} as const

const cellMark = (hasGrid: boolean): Mark => ({
  type: 'rect',
  from: { data: 'cells' },
  encode: {
    update: {
      ...place,
      width: { scale: 'x', band: 1 },
      height: { scale: 'y', band: 1 },
      fill: { value: shadeInk },
      fillOpacity: { scale: 'shade', field: 'share' },
      ...(hasGrid ? { stroke: { value: gridInk }, strokeWidth: { value: 0.5 } } : {}),
    },
  },
})

const frame: Mark = {
  type: 'rect',
  encode: {
    update: {
      width: { signal: 'width' },
      height: { signal: 'height' },
      stroke: { value: gridInk },
    },
  },
}

const counts: Mark = {
  type: 'text',
  from: { data: 'cells' },
  encode: {
    update: {
      x: { scale: 'x', field: 'column', band: 0.5 },
      y: { scale: 'y', field: 'row', band: 0.5 },
      align: { value: 'center' },
      baseline: { value: 'middle' },
      text: { field: 'text' },
      fill: { value: ink },
      fontSize: { value: 12 },
    },
  },
}
