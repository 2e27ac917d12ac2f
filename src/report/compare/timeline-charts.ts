// A run from its first row to its last as charts: times, fallbacks, rows without an answer. Pure.
import type { LineChart, LineSeries } from '../plot/plot.ts'
import type { ReportData, ReportedRun } from './report-data.ts'
import { runPaint } from './run-paint.ts'
import type { TimelineBin } from './timeline.ts'

/** From where on a linear axis hides what is usual, as a multiple of the median. */
const longTail = 20

/**
 * Charts a run: median and 95th percentile over its rows; and fallbacks and rows without an answer, as dots on them
 * where each point is a row, else as a chart of their own where there are any.
 */
export function timelineCharts({ runs }: ReportData): readonly LineChart[] {
  const known = runs.flatMap(({ figures: { latency } }) => latency ?? [])
  const isLogY = known.some(({ p50, p99 }) => p99 > longTail * p50)
  const tops = runs.flatMap(({ timeline }) => timeline.map(({ p95 = 0 }) => p95))
  const top = tops.reduce((a, b) => Math.max(a, b), 0)
  const titleOf = (what: string, name: string) => (runs.length === 1 ? what : `${what}: ${name}`)
  return runs.flatMap((run, place): LineChart[] => {
    if (run.figures.latency === undefined) return []
    const { name, timeline } = run
    const isOneRow = timeline.every(({ first, last }) => first === last)
    const base = { kind: 'lines', xLabel: 'Row of the file' } as const
    const times: LineChart = {
      ...base,
      title: titleOf('Time from row to row', name),
      yLabel: `Time to an answer (ms${isLogY ? ', logarithmic' : ''})`,
      series: [...timeLines(run, place, isOneRow), ...(isOneRow ? dotsOf(run) : [])],
      strokes: { solid: 'p50', dashed: 'p95' },
      isLogY,
      ...(isLogY ? {} : { yRange: [0, top] as const }),
    }
    const missing = isOneRow ? [] : missingLines(timeline)
    if (missing.length === 0) return [times]
    const title = titleOf('Fallbacks and rows without an answer', name)
    const most = timeline.reduce((a, bin) => Math.max(a, bin.fallbacks, bin.failed), 0)
    const yRange = [0, most] as const
    return [times, { ...base, title, yLabel: 'Rows of a point', series: missing, yRange }]
  })
}

const middleOf = ({ first, last }: TimelineBin) => (first + last) / 2

function timeLines(
  { name, timeline }: ReportedRun,
  place: number,
  isOneRow: boolean,
): readonly LineSeries[] {
  const line = (what: 'p50' | 'p95') =>
    timeline.map((bin) => [middleOf(bin), bin[what] ?? null] as const)
  const own = { colourGroup: name, paint: runPaint(place) }
  const median = { name: 'p50', points: line('p50'), ...own }
  return isOneRow
    ? [median]
    : [median, { name: 'p95', points: line('p95'), ...own, isDashed: true }]
}

const missingKinds = [
  { what: 'fallbacks', name: 'fallbacks', paint: 'ink' },
  { what: 'failed', name: 'no answer', paint: 'wrong' },
] as const

/** On the line, or at the median where a row has no time. */
function dotsOf({ timeline, figures: { latency } }: ReportedRun): readonly LineSeries[] {
  return missingKinds.flatMap(({ what, name, paint }) => {
    // A gap behind each, for dots are not joined.
    const points = timeline
      .filter((bin) => bin[what] > 0)
      .flatMap((bin): [number, number | null][] => [
        [middleOf(bin), bin.p50 ?? latency?.p50 ?? null],
        [middleOf(bin), null],
      ])
    return points.length === 0 ? [] : [{ name, points, colourGroup: name, paint }]
  })
}

function missingLines(timeline: readonly TimelineBin[]): readonly LineSeries[] {
  return missingKinds.flatMap(({ what, name, paint }) =>
    timeline.every((bin) => bin[what] === 0)
      ? []
      : [{ name, points: timeline.map((bin) => [middleOf(bin), bin[what]] as const), paint }],
  )
}
