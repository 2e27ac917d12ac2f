// A ReliabilityChart as Vega's specification: accuracy over confidence (Guo et al. 2017, On Calibration of
// Modern Neural Networks), a line an exit. A dot's area is its bin's share of the samples.
import type { Mark, Scale, Spec } from 'vega'
import { colourOf, ink, paper, softInk } from './palette.ts'
import type { ReliabilityChart } from './plot.ts'
import {
  at,
  axesOf,
  fitted,
  indexLegend,
  intervalRule,
  legendNames,
  titleOf,
  type ChartSize,
} from './spec-parts.ts'

/** Area of a dot that holds all samples; the least one stays visible. Square pixels. */
const wholeArea = 900
const leastArea = 14

export function reliabilitySpec(chart: ReliabilityChart, size: ChartSize): Spec {
  const { series } = chart
  const names = series.map(({ name }) => name)
  const rows = series.flatMap(({ bins }, place) => {
    const filled = bins.filter(
      ({ count, confidence, accuracy }) => count > 0 && Number.isFinite(confidence + accuracy),
    )
    const samples = filled.reduce((sum, { count }) => sum + count, 0)
    return filled.map(({ confidence, accuracy, count, interval }) => ({
      series: place,
      x: confidence,
      y: accuracy,
      ...(interval === undefined ? {} : { low: interval[0], high: interval[1] }),
      text: count.toLocaleString('en'),
      area: Math.max(leastArea, (count / samples) * wholeArea),
    }))
  })
  const legends =
    names.length < 2 ? [] : [indexLegend({ stroke: 'colour' }, 'seriesNames', names, size)]
  return {
    ...fitted(size),
    title: titleOf(chart, size),
    signals: [legendNames('seriesNames', names, size)],
    data: [
      { name: 'bins', values: rows },
      {
        name: 'intervals',
        source: 'bins',
        transform: [{ type: 'filter', expr: 'isValid(datum.low)' }],
      },
    ],
    scales: scalesOf(series),
    axes: axesOf(chart),
    legends,
    marks: [
      ...[diagonal, diagonalLabel, lines],
      ...(names.length === 1 ? [intervals, dots, counts] : [dots]),
    ],
  }
}

function scalesOf(series: ReliabilityChart['series']): Scale[] {
  const places = series.map((_, i) => i)
  const colours = series.map(({ paint }, i) => colourOf(paint ?? i))
  return [
    { name: 'x', type: 'linear', domain: [0, 1], range: 'width' },
    { name: 'y', type: 'linear', domain: [0, 1], range: 'height' },
    { name: 'colour', type: 'ordinal', domain: places, range: colours },
  ]
}

const diagonal: Mark = {
  type: 'rule',
  encode: {
    update: {
      x: { value: 0 },
      y: { signal: 'height' },
      x2: { signal: 'width' },
      y2: { value: 0 },
      stroke: { value: softInk },
      strokeDash: { value: [4, 4] },
    },
  },
}

const diagonalLabel: Mark = {
  type: 'text',
  encode: {
    update: {
      x: { scale: 'x', value: 0.13 },
      y: { scale: 'y', value: 0.13 },
      dy: { value: -6 },
      angle: { signal: '-atan2(height, width) * 180 / PI' },
      align: { value: 'center' },
      text: { value: 'perfect calibration' },
      fontSize: { value: 11 },
      fill: { value: softInk },
    },
  },
}

const lines: Mark = {
  type: 'group',
  from: { facet: { name: 'one', data: 'bins', groupby: 'series' } },
  marks: [
    {
      type: 'line',
      from: { data: 'one' },
      sort: { field: 'x' },
      encode: {
        update: {
          ...at,
          stroke: { scale: 'colour', field: 'series' },
          strokeWidth: { value: 2 },
        },
      },
    },
  ],
}

const dots: Mark = {
  type: 'symbol',
  from: { data: 'bins' },
  encode: {
    update: {
      ...at,
      size: { field: 'area' },
      fill: { scale: 'colour', field: 'series' },
      stroke: { value: paper },
      strokeWidth: { value: 0.75 },
    },
  },
}

const intervals = intervalRule({ stroke: { value: softInk } })

/** Samples of each bin, beside its dot; those of a crowd at the right end stand on its left. */
const counts: Mark = {
  type: 'text',
  from: { data: 'bins' },
  encode: {
    update: {
      ...at,
      dx: { signal: 'datum.x > 0.9 ? -9 : 9' },
      dy: { signal: 'datum.y < 0.05 ? -10 : 10' },
      align: { signal: "datum.x > 0.9 ? 'right' : 'left'" },
      text: { field: 'text' },
      fontSize: { value: 10 },
      fill: { value: ink },
    },
  },
}
