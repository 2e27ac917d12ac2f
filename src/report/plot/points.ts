// A PointChart as Vega's specification: many settings as small dots, a few as shapes with their intervals.
import type { Data, Legend, Mark, Scale, Spec } from 'vega'
import { colourOf, paper } from './palette.ts'
import type { PointChart, PointGroup } from './plot.ts'
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

/** Areas, square pixels. */
const smallArea = 16
const largeArea = 110

export function pointSpec(chart: PointChart, size: ChartSize): Spec {
  const { groups } = chart
  const names = groups.map(({ name }) => name)
  return {
    ...fitted(size),
    title: titleOf(chart, size),
    signals: [legendNames('groupNames', names, size)],
    data: dataOf(groups),
    scales: scalesOf(groups),
    axes: axesOf(chart),
    legends: groups.length < 2 ? [] : [legendOf(names, size)],
    marks: [fronts, intervals, dots],
  }
}

function dataOf(groups: readonly PointGroup[]): Data[] {
  const rows = groups.flatMap(({ points, isMany = false, isJoined = false }, group) =>
    points
      .filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y))
      .map(({ x, y, interval }) => ({
        ...{ group, x, y, isMany, isJoined },
        ...(interval === undefined ? {} : { low: interval[0], high: interval[1] }),
      })),
  )
  const only = (name: string, expr: string): Data => ({
    name,
    source: 'points',
    transform: [{ type: 'filter', expr }],
  })
  return [
    { name: 'points', values: rows },
    only('joined', 'datum.isJoined'),
    only('intervals', 'isValid(datum.low)'),
  ]
}

function scalesOf(groups: readonly PointGroup[]): Scale[] {
  const domain = groups.map((_, i) => i)
  const fields = (names: readonly string[]) => ({
    data: 'points',
    fields: [...names],
  })
  return [
    { name: 'x', type: 'linear', domain: fields(['x']), range: 'width', zero: false, nice: true },
    {
      name: 'y',
      type: 'linear',
      domain: fields(['y', 'low', 'high']),
      range: 'height',
      zero: false,
      nice: true,
    },
    { name: 'colour', type: 'ordinal', domain, range: groups.map(({ paint }) => colourOf(paint)) },
    {
      name: 'shape',
      type: 'ordinal',
      domain,
      range: groups.map(({ shape = 'circle' }) => shape),
    },
  ]
}

function legendOf(names: readonly string[], size: ChartSize): Legend {
  const scales = { fill: 'colour', shape: 'shape', symbolSize: largeArea } as const
  return indexLegend(scales, 'groupNames', names, size, 'circle')
}

const colour = { scale: 'colour', field: 'group' }

/** What is reached at a cost holds until the next step. */
const fronts: Mark = {
  type: 'group',
  from: { facet: { name: 'front', data: 'joined', groupby: 'group' } },
  marks: [
    {
      type: 'line',
      from: { data: 'front' },
      sort: { field: 'x' },
      encode: {
        update: {
          ...at,
          interpolate: { value: 'step-after' },
          stroke: colour,
          strokeWidth: { value: 2 },
        },
      },
    },
  ],
}

const intervals = intervalRule({ stroke: colour, strokeWidth: { value: 1.5 } })

const dots: Mark = {
  type: 'symbol',
  from: { data: 'points' },
  encode: {
    update: {
      ...at,
      size: { signal: `datum.isMany ? ${smallArea} : ${largeArea}` },
      shape: { scale: 'shape', field: 'group' },
      fill: colour,
      fillOpacity: { signal: 'datum.isMany ? 0.45 : 1' },
      stroke: [{ test: 'datum.isMany', value: null }, { value: paper }],
      strokeWidth: { value: 1 },
    },
  },
}
