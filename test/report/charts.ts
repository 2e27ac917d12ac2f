// Charts of every kind, plain and nasty, as the tests of the plots need them.
import type {
  BarChart,
  LineChart,
  MatrixChart,
  PointChart,
  ReliabilityChart,
} from '../../src/report/plot/plot.ts'

/** Names that a page or an SVG must show and never read. */
export const hostile = `</text><script>alert("1")</script> & 'ro"ses' <b>`

export const lines: LineChart = {
  kind: 'lines',
  title: 'Accuracy',
  subtitle: 'two exits',
  xLabel: 'Epoch',
  yLabel: 'Accuracy (%)',
  strokes: { solid: 'validation', dashed: 'training' },
  series: ['edge', 'cloud'].flatMap((exit, e) =>
    [true, false].map((isDashed) => ({
      name: `${exit} ${isDashed ? 'training' : 'validation'}`,
      colourGroup: exit,
      isDashed,
      points: [1, 2, 3].map((epoch) => [epoch, 50 + 10 * epoch + 5 * e] as const),
    })),
  ),
}

export const bars: BarChart = {
  kind: 'bars',
  title: 'Exits',
  xLabel: 'Data set',
  yLabel: 'Share (%)',
  categories: ['flowers', 'cifar10'],
  series: [
    { name: 'edge', values: [60, 40] },
    { name: 'fog', values: [40, 60] },
  ],
}

export const reliability: ReliabilityChart = {
  kind: 'reliability',
  title: 'Reliability',
  xLabel: 'Confidence',
  yLabel: 'Accuracy',
  series: [
    {
      name: 'before',
      bins: [
        { confidence: 0.4, accuracy: 0.3, count: 10 },
        { confidence: 0.9, accuracy: 0.7, count: 30 },
        { confidence: Number.NaN, accuracy: Number.NaN, count: 0 },
      ],
    },
    { name: 'after', bins: [{ confidence: 0.7, accuracy: 0.7, count: 40 }] },
  ],
}

export const matrix: MatrixChart = {
  kind: 'matrix',
  title: 'Confusion',
  xLabel: 'Prediction',
  yLabel: 'Truth',
  rows: ['rose', 'iris'],
  columns: ['rose', 'iris'],
  values: [
    [8, 2],
    [0, 5],
  ],
}

export const points: PointChart = {
  kind: 'points',
  title: 'Accuracy over work',
  xLabel: 'Multiply-adds (million)',
  yLabel: 'Accuracy (%)',
  groups: [
    {
      name: 'each threshold',
      paint: 'soft-ink',
      isMany: true,
      points: Array.from({ length: 50 }, (_, i) => ({ x: i, y: 50 + i / 2 })),
    },
    {
      ...{ name: 'front', paint: 'ink', isMany: true, isJoined: true },
      points: [
        { x: 0, y: 55 },
        { x: 9, y: 90 },
      ],
    },
    {
      ...{ name: 'chosen', paint: 1, shape: 'diamond' },
      points: [{ x: 9, y: 90, interval: [85, 94] }],
    },
  ],
}

export const allKinds = [lines, bars, points, reliability, matrix] as const
