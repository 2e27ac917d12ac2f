// A BarChart as Vega's specification: upright bars, or lying ones where the categories' names need room.
import type { Axis, Mark, Scale, Spec, Transforms } from 'vega'
import { colourOf, ink } from './palette.ts'
import type { BarChart } from './plot.ts'
import { fitted, indexLegend, legendNames, shorten, titleOf, type ChartSize } from './spec-parts.ts'
import { textWidth } from './text-width.ts'

const labelSize = 12
const longestLabel = 220
/** Pixels beside the bars of an upright chart: the axis and its labels. */
const axisRoom = 90
/** Of one category of a lying chart, and of all that is not bars. */
const rowHeight = 22
const chromeHeight = 150

export function barSpec(chart: BarChart, given: ChartSize | undefined, standard: ChartSize): Spec {
  const { categories, series, isStacked = false } = chart
  const width = (given ?? standard).width
  const step = (width - axisRoom) / Math.max(1, categories.length)
  const isLying = chart.isLying ?? categories.some((name) => textWidth(name, labelSize) > step - 8)
  const bars = isStacked ? 1 : Math.max(1, series.length * 0.7)
  const needed = chromeHeight + Math.ceil(categories.length * rowHeight * bars)
  const size = given ?? { width, height: isLying ? Math.max(240, needed) : standard.height }
  const names = series.map(({ name }) => name)
  return {
    ...fitted(size),
    title: titleOf(chart, size),
    signals: [
      legendNames('seriesNames', names, size),
      { name: 'categoryNames', value: categories.map((name) => shorten(name, longestLabel)) },
    ],
    data: [
      {
        name: 'bars',
        values: rowsOf(chart),
        transform: isStacked ? [stack] : [],
      },
      {
        name: 'intervals',
        source: 'bars',
        transform: [{ type: 'filter', expr: 'isValid(datum.low)' }],
      },
    ],
    scales: scalesOf(chart, isLying),
    axes: barAxes(chart, isLying),
    legends:
      series.length < 2
        ? []
        : [indexLegend({ fill: 'colour' }, 'seriesNames', names, size, 'square')],
    marks: [barMark(isLying, isStacked), ...(isStacked ? [] : intervalMarks(chart, isLying))],
  }
}

const stack: Transforms = {
  type: 'stack',
  groupby: ['category'],
  sort: { field: 'series' },
  field: 'value',
}

function rowsOf({ categories, series }: BarChart) {
  return categories.flatMap((_, category) =>
    series.map(({ values, paint, paints, intervals }, place) => {
      const value = values[category]
      const isNumber = value !== undefined && Number.isFinite(value)
      const [low, high] = intervals?.[category] ?? []
      return {
        category,
        series: place,
        value: isNumber ? value : 0,
        fill: colourOf(paints?.[category] ?? paint ?? place),
        ...(low === undefined || !Number.isFinite(low) ? {} : { low, high }),
      }
    }),
  )
}

function scalesOf(chart: BarChart, isLying: boolean): Scale[] {
  const { categories, series } = chart
  return [
    {
      name: 'category',
      type: 'band',
      domain: categories.map((_, i) => i),
      range: isLying ? [0, { signal: 'height' }] : 'width',
      padding: 0.25,
    },
    {
      name: 'value',
      type: 'linear',
      domain: valueDomain(chart),
      range: isLying ? 'width' : 'height',
      zero: true,
      nice: true,
    },
    {
      name: 'colour',
      type: 'ordinal',
      domain: series.map((_, i) => i),
      range: series.map(({ paint }, i) => colourOf(paint ?? i)),
    },
    {
      name: 'place',
      type: 'band',
      domain: series.map((_, i) => i),
      range: [0, { signal: "bandwidth('category')" }],
      paddingInner: 0.06,
    },
  ]
}

/** From 0, or from the least value below it, to the most; a chart of nothing has an axis too. */
function valueDomain(chart: BarChart): [number, number] {
  const rows = rowsOf(chart)
  const values =
    chart.isStacked === true ? sumsOf(rows) : rows.map(({ value, high }) => high ?? value)
  const least = values.reduce((a, b) => Math.min(a, b), 0)
  const most = values.reduce((a, b) => Math.max(a, b), 0)
  return least === most ? [0, 1] : [least, most]
}

function sumsOf(rows: ReturnType<typeof rowsOf>): readonly number[] {
  const sums = new Map<number, number>()
  for (const { category, value } of rows) sums.set(category, (sums.get(category) ?? 0) + value)
  return [...sums.values()]
}

function barAxes({ xLabel, yLabel }: BarChart, isLying: boolean): Axis[] {
  const values: Axis = {
    orient: isLying ? 'bottom' : 'left',
    scale: 'value',
    title: yLabel,
    grid: true,
    domain: false,
    ticks: false,
    tickCount: 6,
  }
  const names: Axis = {
    orient: isLying ? 'left' : 'bottom',
    scale: 'category',
    title: xLabel,
    ticks: false,
    labelOverlap: false,
    encode: { labels: { update: { text: { signal: 'categoryNames[datum.value]' } } } },
  }
  return [values, names]
}

function barMark(isLying: boolean, isStacked: boolean): Mark {
  const [along, across, size] = isLying
    ? (['y', 'x', 'height'] as const)
    : (['x', 'y', 'width'] as const)
  const places = isStacked
    ? {
        [along]: { scale: 'category', field: 'category' },
        [size]: { scale: 'category', band: 1 },
        [across]: { scale: 'value', field: 'y0' },
        [`${across}2`]: { scale: 'value', field: 'y1' },
      }
    : {
        [along]: {
          scale: 'category',
          field: 'category',
          offset: { scale: 'place', field: 'series' },
        },
        [size]: { scale: 'place', band: 1 },
        [across]: { scale: 'value', field: 'value' },
        [`${across}2`]: { scale: 'value', value: 0 },
      }
  return {
    type: 'rect',
    from: { data: 'bars' },
    encode: { update: { ...places, fill: { field: 'fill' } } },
  }
}

/** A thin line from end to end of each interval. */
function intervalMarks({ series }: BarChart, isLying: boolean): Mark[] {
  if (series.every(({ intervals }) => intervals === undefined)) return []
  const [along, across] = isLying ? (['y', 'x'] as const) : (['x', 'y'] as const)
  const middle = {
    scale: 'category',
    field: 'category',
    offset: { signal: "scale('place', datum.series) + bandwidth('place') / 2" },
  }
  return [
    {
      type: 'rule',
      from: { data: 'intervals' },
      encode: {
        update: {
          [along]: middle,
          [across]: { scale: 'value', field: 'low' },
          [`${across}2`]: { scale: 'value', field: 'high' },
          stroke: { value: ink },
          strokeWidth: { value: 1.5 },
        },
      },
    },
  ]
}
