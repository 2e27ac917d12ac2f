// The standard figures of `results`: accuracy and loss of each exit over the epochs. Pure.
import type { LineChart, LineSeries } from '../plot/plot.ts'
import type { Curve, Curves, ExitCurves } from './history.ts'
import type { Run } from './read-run.ts'

/** Charts that make one file: NAME.svg and NAME.png. */
export interface Figure {
  readonly name: string
  readonly charts: readonly LineChart[]
  /** Charts in a row of the figure. */
  readonly columns: number
}

type Metric = 'accuracy' | 'loss'

const words = {
  accuracy: { title: 'Accuracy', yLabel: 'Accuracy (%)', factor: 100 },
  loss: { title: 'Loss', yLabel: 'Cross-entropy loss', factor: 1 },
} as const

const strokes = { solid: 'validation', dashed: 'training' } as const

/**
 * Of one run: a chart of all exits a metric. Of several: a chart an exit and metric, where the colours are the
 * runs. A metric that no run has, as `accuracy` in a file of losses, gives no figure.
 */
export function standardFigures(runs: readonly Run[]): readonly Figure[] {
  const metrics = (['accuracy', 'loss'] as const).filter((metric) =>
    runs.some(({ history }) => history.exits.some((exit) => hasMetric(exit, metric))),
  )
  const [only] = runs
  if (runs.length === 1 && only !== undefined) {
    const charts = metrics.map((metric) => exitsChart(only, metric))
    const one = charts.map((chart, i) => ({
      name: metrics[i] as string,
      charts: [chart],
      columns: 1,
    }))
    return charts.length > 1 ? [{ name: 'curves', charts, columns: 2 }, ...one] : one
  }
  const exits = [...new Set(runs.flatMap(({ history }) => history.exits.map(({ name }) => name)))]
  const panels = metrics.map((metric) =>
    alike(exits.flatMap((exit) => runsChart(runs, exit, metric) ?? [])),
  )
  const columns = Math.min(exits.length, 3)
  return panels.map((charts, i) => ({ name: metrics[i] as string, charts, columns }))
}

/** Charts of one exit of one run, accuracy first. */
export function exitCharts(run: Run, { name }: ExitCurves): readonly LineChart[] {
  return (['accuracy', 'loss'] as const).flatMap((metric) => {
    const chart = exitsChart(run, metric)
    const series = chart.series.filter(({ colourGroup }) => colourGroup === name)
    if (series.length === 0) return []
    const colourGroups = run.history.exits.map((exit) => exit.name)
    return [{ ...chart, title: `${words[metric].title} of ${name}`, series, colourGroups }]
  })
}

function exitsChart({ name, history, record }: Run, metric: Metric): LineChart {
  const { title, yLabel } = words[metric]
  return {
    kind: 'lines',
    title,
    subtitle: `${name}, ${countOf(history.epochs)}`,
    xLabel: 'Epoch',
    yLabel,
    strokes,
    series: history.exits.flatMap((exit) => seriesOf(exit, metric, exit.name)),
    ...verticalsOf(record?.bestEpoch, history.epochs),
  }
}

function runsChart(runs: readonly Run[], exit: string, metric: Metric): LineChart | undefined {
  const series = runs.flatMap(({ name, history }) => {
    const own = history.exits.find((one) => one.name === exit)
    return own === undefined ? [] : seriesOf(own, metric, name)
  })
  if (series.length === 0) return undefined
  const { title, yLabel } = words[metric]
  return { kind: 'lines', title: `${title} of ${exit}`, xLabel: 'Epoch', yLabel, strokes, series }
}

/** Exits compare when their panels have one range. */
function alike(charts: readonly LineChart[]): readonly LineChart[] {
  const points = charts.flatMap(({ series }) => series.flatMap((one) => one.points))
  const values = points.flatMap(([, y]) => (y !== null && Number.isFinite(y) ? [y] : []))
  const least = values.reduce((a, b) => Math.min(a, b), Infinity)
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity)
  return least < most ? charts.map((chart) => ({ ...chart, yRange: [least, most] })) : charts
}

function seriesOf(exit: ExitCurves, metric: Metric, colourGroup: string): LineSeries[] {
  const one = (curves: Curves, share: string, isDashed: boolean): LineSeries[] => {
    const curve = curves[metric]
    if (curve === undefined) return []
    const points = pointsOf(curve, words[metric].factor)
    return [{ name: `${colourGroup} ${share}`, points, isDashed, colourGroup }]
  }
  return [...one(exit.training, 'training', true), ...one(exit.validation, 'validation', false)]
}

function pointsOf(curve: Curve, factor: number): LineSeries['points'] {
  return curve.map((value, i) => [i + 1, value === null ? null : value * factor])
}

function hasMetric({ training, validation }: ExitCurves, metric: Metric): boolean {
  return training[metric] !== undefined || validation[metric] !== undefined
}

function verticalsOf(bestEpoch: number | undefined, epochs: number) {
  if (bestEpoch === undefined || bestEpoch < 1 || bestEpoch > epochs) return {}
  return { verticals: [{ x: bestEpoch, label: `kept: epoch ${bestEpoch}` }] }
}

function countOf(epochs: number): string {
  return epochs === 1 ? '1 epoch' : `${epochs} epochs`
}
