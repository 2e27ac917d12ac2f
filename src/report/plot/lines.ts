// A LineChart as Vega's specification.
import type { Data, Legend, Mark, Scale, Spec } from 'vega'
import { colourOf, paper, softInk } from './palette.ts'
import type { LineChart, LineSeries } from './plot.ts'
import { axesOf, fitted, indexLegend, legendNames, titleOf, type ChartSize } from './spec-parts.ts'

/** Points from which on lines are thinner: eight exits over a hundred epochs. */
const denseRows = 1500
const solid = [1, 0]
const dashed = [5, 3]

const inside = (axis: string) => `inrange(datum.${axis}, domain('${axis}'))`
// A filter, for a clip would cut dots at the edges in half.
const dotFilter = `datum.isDot && ${inside('x')} && ${inside('y')}`

/** One point, as the marks read it. */
interface Row {
  readonly series: number
  readonly group: number
  readonly x: number
  readonly y: number | null
  readonly isDot: boolean
  readonly isHollow: boolean
}

export function lineSpec(chart: LineChart, size: ChartSize): Spec {
  const { series, strokes, verticals = [], isLogY = false, isLogX = false } = chart
  const groups = [...new Set(series.map(groupOf))]
  const colours = groups.map((group, i) => {
    const place = chart.colourGroups?.indexOf(group) ?? -1
    const paint = series.find((one) => groupOf(one) === group)?.paint
    return colourOf(paint ?? (place === -1 ? i : place))
  })
  const rows = series.flatMap((one, i) => rowsOf(one, i, groups.indexOf(groupOf(one)), isLogY))
  const [x, y] = domainsOf(chart, rows)
  const isWhole = !isLogX && rows.every((row) => Number.isInteger(row.x))
  const data: Data[] = [
    { name: 'points', values: rows },
    { name: 'dots', source: 'points', transform: [{ type: 'filter', expr: dotFilter }] },
    { name: 'verticals', values: [...verticals] },
  ]
  return {
    ...fitted(size),
    title: titleOf(chart, size),
    signals: [
      legendNames('groupNames', groups, size),
      legendNames(
        'seriesNames',
        series.map((one) => one.name),
        size,
      ),
      legendNames('strokeNames', [strokes?.solid ?? '', strokes?.dashed ?? ''], size),
    ],
    data,
    scales: [...positionScales(x, y, { isLogX, isLogY }), ...strokeScales(series, groups, colours)],
    axes: axesOf(chart, { isWholeX: isWhole, isLogX, isLogY }),
    legends: legendsOf(chart, groups, colours, size),
    marks: [...(verticals.length === 0 ? [] : verticalMarks), ...markOf(rows, x, y)],
  }
}

function groupOf({ colourGroup, name }: LineSeries): string {
  return colourGroup ?? name
}

function rowsOf(
  { points, hasDots = false, isDashed = false }: LineSeries,
  series: number,
  group: number,
  isLogY: boolean,
): Row[] {
  const isThere = (i: number) => {
    const y = points[i]?.[1]
    return y !== null && y !== undefined && Number.isFinite(y) && (y > 0 || !isLogY)
  }
  return points.map(([x, y], i) => ({
    series,
    group,
    x,
    y: isThere(i) ? y : null,
    // A point between gaps has no line that would show it: the only epoch of a run.
    isDot: isThere(i) && (hasDots || !(isThere(i - 1) || isThere(i + 1))),
    // As a dashed line is to a solid one.
    isHollow: isDashed,
  }))
}

type Range = readonly [number, number]

function domainsOf(
  { xRange, yRange, isLogX, isLogY }: LineChart,
  rows: readonly Row[],
): [Range, Range] {
  const drawn = rows.filter((row) => row.y !== null)
  return [
    xRange ?? (isLogX === true ? logRangeOf : rangeOf)(drawn.map(({ x }) => x)),
    yRange ?? (isLogY === true ? logRangeOf : rangeOf)(drawn.map(({ y }) => y as number)),
  ]
}

/** A range of one value has no length to draw on; none at all is 0 to 1. */
function rangeOf(values: readonly number[]): Range {
  const least = values.reduce((a, b) => Math.min(a, b), Infinity)
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity)
  if (least > most) return [0, 1]
  const pad = Math.max(0.5, Math.abs(least) / 2)
  return least === most ? [least - pad, least + pad] : [least, most]
}

/** Of values above 0; a logarithm has no 0 to begin at. */
function logRangeOf(values: readonly number[]): Range {
  if (values.length === 0) return [1, 10]
  const [least, most] = rangeOf(values)
  return least > 0 ? [least, most] : [most / 3, most]
}

function positionScales(
  x: Range,
  y: Range,
  { isLogX, isLogY }: { readonly isLogX: boolean; readonly isLogY: boolean },
): Scale[] {
  const domain = [...y]
  return [
    isLogX
      ? { name: 'x', type: 'log', domain: [...x], range: 'width' }
      : { name: 'x', type: 'linear', domain: [...x], range: 'width', zero: false },
    isLogY
      ? { name: 'y', type: 'log', domain, range: 'height', nice: true }
      : { name: 'y', type: 'linear', domain, range: 'height', zero: false, nice: true },
  ]
}

/** Colour by group; stroke by series where the legend names each, for those of one group differ by it. */
function strokeScales(
  series: readonly LineSeries[],
  groups: readonly string[],
  colours: readonly string[],
): Scale[] {
  const places = series.map((_, i) => i)
  return [
    {
      name: 'groupColour',
      type: 'ordinal',
      domain: groups.map((_, i) => i),
      range: [...colours],
    },
    {
      name: 'seriesColour',
      type: 'ordinal',
      domain: places,
      range: series.map((one) => colours[groups.indexOf(groupOf(one))] as string),
    },
    {
      name: 'seriesDash',
      type: 'ordinal',
      domain: places,
      range: series.map(({ isDashed }) => (isDashed === true ? dashed : solid)),
    },
    { name: 'strokeDash', type: 'ordinal', domain: [0, 1], range: [solid, dashed] },
  ]
}

function legendsOf(
  { series, strokes }: LineChart,
  groups: readonly string[],
  colours: readonly string[],
  size: ChartSize,
): Legend[] {
  if (strokes === undefined) {
    if (series.length < 2) return []
    const scales = { stroke: 'seriesColour', strokeDash: 'seriesDash' }
    return [
      indexLegend(
        scales,
        'seriesNames',
        series.map(({ name }) => name),
        size,
      ),
    ]
  }
  const legends: Legend[] = []
  if (groups.length > 1) {
    legends.push(indexLegend({ stroke: 'groupColour' }, 'groupNames', groups, size))
  }
  if (new Set(series.map(({ isDashed = false }) => isDashed)).size > 1) {
    const names = [strokes.solid, strokes.dashed]
    const legend = indexLegend({ strokeDash: 'strokeDash' }, 'strokeNames', names, size)
    legends.push({
      ...legend,
      symbolStrokeColor: groups.length > 1 ? softInk : (colours[0] ?? softInk),
    })
  }
  return legends
}

function markOf(rows: readonly Row[], x: Range, y: Range): Mark[] {
  const isOutside = (value: number | null, [least, most]: Range) =>
    value !== null && (value < least || value > most)
  const clip = rows.some((row) => isOutside(row.x, x) || isOutside(row.y, y))
  const at = { x: { scale: 'x', field: 'x' }, y: { scale: 'y', field: 'y' } }
  return [
    {
      type: 'group',
      clip,
      from: { facet: { name: 'one', data: 'points', groupby: 'series' } },
      encode: { enter: { width: { signal: 'width' }, height: { signal: 'height' } } },
      marks: [
        {
          type: 'line',
          from: { data: 'one' },
          encode: {
            update: {
              ...at,
              defined: { signal: 'isValid(datum.y)' },
              stroke: { scale: 'groupColour', field: 'group' },
              strokeDash: { scale: 'seriesDash', field: 'series' },
              strokeWidth: { value: rows.length > denseRows ? 1.25 : 2 },
              strokeJoin: { value: 'round' },
            },
          },
        },
      ],
    },
    {
      type: 'symbol',
      from: { data: 'dots' },
      encode: {
        update: {
          ...at,
          size: { value: 36 },
          fill: [
            { test: 'datum.isHollow', value: paper },
            { scale: 'groupColour', field: 'group' },
          ],
          stroke: { scale: 'groupColour', field: 'group' },
          strokeWidth: { value: 1.5 },
        },
      },
    },
  ]
}

const verticalMarks: Mark[] = [
  {
    type: 'rule',
    from: { data: 'verticals' },
    encode: {
      update: {
        x: { scale: 'x', field: 'x' },
        y: { value: 0 },
        y2: { signal: 'height' },
        stroke: { value: softInk },
        strokeDash: { value: [1, 3] },
      },
    },
  },
  {
    type: 'text',
    from: { data: 'verticals' },
    encode: {
      update: {
        x: { scale: 'x', field: 'x' },
        y: { value: -4 },
        align: { signal: "scale('x', datum.x) > width / 2 ? 'right' : 'left'" },
        text: { field: 'label' },
        fontSize: { value: 11 },
        fill: { value: softInk },
      },
    },
  },
]
