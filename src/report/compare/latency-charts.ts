// Times to an answer as curves (ECDF): a run each, and an exit each. Pure.
import type { LineChart, LineSeries } from '../plot/plot.ts'
import type { ReportData, ReportedRun } from './report-data.ts'
import { isDashedRun, runPaint } from './run-paint.ts'

const ecdfLabels = {
  kind: 'lines',
  xLabel: 'Time to an answer (ms, logarithmic)',
  yLabel: 'Answers within it (%)',
  isLogX: true,
  yRange: [0, 100],
} as const

const inPercents = (curve: ReportedRun['ecdf']['all']) =>
  curve.map(([ms, share]) => [ms, share * 100] as const)

/** A curve a run; undefined without a time. */
export function latencyChart({ runs }: ReportData): LineChart | undefined {
  const xRange = timesOf(runs)
  if (xRange === undefined) return undefined
  return {
    ...ecdfLabels,
    xRange,
    title: 'Time to an answer',
    series: runs.map(({ name, ecdf }, place) => ({
      name,
      points: inPercents(ecdf.all),
      paint: runPaint(place),
      colourGroup: `${place} ${name}`,
      isDashed: isDashedRun(place),
    })),
  }
}

/** A chart a run, a curve an exit that answered something. */
export function exitLatencyCharts({ runs, exits }: ReportData): readonly LineChart[] {
  const xRange = timesOf(runs)
  return runs.flatMap(({ name, ecdf }) => {
    const series = exits.flatMap((exit, place): LineSeries[] => {
      const curve = ecdf.exits[place] ?? []
      return curve.length === 0 ? [] : [{ name: exit, points: inPercents(curve), paint: place }]
    })
    if (series.length === 0) return []
    const title = `Time by exit${runs.length === 1 ? '' : ` of ${name}`}`
    return [{ ...ecdfLabels, title, series, ...(xRange === undefined ? {} : { xRange }) }]
  })
}

/** One axis for all runs, so that they compare: from a round time to a round time. Undefined without a time. */
function timesOf(runs: readonly ReportedRun[]): readonly [number, number] | undefined {
  const times = runs.flatMap(({ ecdf: { all } }) => [all.at(0), all.at(-1)])
  const known = times.flatMap((point) => point?.[0] ?? [])
  if (known.length === 0) return undefined
  return [roundTime(Math.min(...known), Math.floor), roundTime(Math.max(...known), nextAbove)]
}

const nextAbove = (digit: number) => Math.floor(digit) + 1

/** To one digit: 12 down to 10, 199 up to 200. */
function roundTime(ms: number, round: (digit: number) => number): number {
  const power = 10 ** Math.floor(Math.log10(ms))
  return round(ms / power) * power
}
