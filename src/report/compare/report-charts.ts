// The charts of a report. Runs have one set of colours, exits another. Pure.
import type { Share } from '../../domain/share.ts'
import type { BarChart, Interval, LineChart, LineSeries, MatrixChart } from '../plot/plot.ts'
import type { Comparison } from './compare-runs.ts'
import type { ReportData, ReportedRun } from './report-data.ts'
import { isDashedRun, runPaint } from './run-paint.ts'
import type { TimelineBin } from './timeline.ts'

const percent = (value: number | undefined) => (value ?? Number.NaN) * 100

function intervalOf(share: Share | undefined): Interval | undefined {
  return share === undefined || share.of === 0
    ? undefined
    : [percent(share.low), percent(share.high)]
}

/** Of all answers and by exit, of runs whose truth is known; undefined where none is. */
export function accuracyChart({ runs, exits }: ReportData): BarChart | undefined {
  const known = runs
    .map((run, place) => ({ run, place }))
    .filter(({ run }) => run.figures.accuracy !== undefined)
  if (known.length === 0) return undefined
  const isOne = runs.length === 1
  return {
    kind: 'bars',
    title: 'Accuracy by exit',
    subtitle: 'Of what each answered: later exits get the hard rest. Lines are 95 % intervals.',
    xLabel: '',
    yLabel: 'Right answers (%)',
    categories: ['all', ...exits],
    series: known.map(({ run: { name, figures }, place }) => {
      const shares = [figures.accuracy, ...figures.exits.map(({ accuracy }) => accuracy)]
      return {
        name,
        values: shares.map((share) => percent(share?.share)),
        intervals: shares.map(intervalOf),
        ...(isOne ? { paints: ['ink' as const, ...exits.keys()] } : { paint: runPaint(place) }),
      }
    }),
  }
}

/** A bar a run, in parts by exit; undefined where nothing was answered. */
export function sharesChart({ runs, exits }: ReportData): BarChart | undefined {
  if (exits.length === 0) return undefined
  return {
    kind: 'bars',
    title: 'Where images were answered',
    xLabel: '',
    yLabel: 'Answers (%)',
    categories: runs.map(({ name }) => name),
    series: exits.map((name, place) => ({
      name,
      values: runs.map(({ figures }) => percent(figures.exits[place]?.share.share)),
      paint: place,
    })),
    isStacked: true,
    isLying: true,
  }
}

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

/** From where on a linear axis hides what is usual, as a multiple of the median. */
const longTail = 20

/** A chart a run: median and 95th percentile over its rows, and where answers were missing or fallbacks. */
export function timelineCharts({ runs }: ReportData): readonly LineChart[] {
  const known = runs.flatMap(({ figures: { latency } }) => latency ?? [])
  const isLogY = known.some(({ p50, p99 }) => p99 > longTail * p50)
  const tops = runs.flatMap(({ timeline }) => timeline.map(({ p95 = 0 }) => p95))
  const top = tops.reduce((a, b) => Math.max(a, b), 0)
  return runs.flatMap((run, place): LineChart[] => {
    const series = timelineSeries(run, place)
    if (series.length === 0) return []
    return [
      {
        kind: 'lines',
        title: runs.length === 1 ? 'The run from row to row' : `From row to row of ${run.name}`,
        xLabel: 'Row of the file',
        yLabel: `Time to an answer (ms${isLogY ? ', logarithmic' : ''})`,
        series,
        strokes: { solid: 'p50', dashed: 'p95' },
        isLogY,
        ...(isLogY ? {} : { yRange: [0, top] as const }),
      },
    ]
  })
}

/** Lines of one run, and dots on them; none without an answer. */
function timelineSeries(
  { name, timeline, figures: { latency } }: ReportedRun,
  place: number,
): readonly LineSeries[] {
  if (latency === undefined) return []
  const middle = ({ first, last }: TimelineBin) => (first + last) / 2
  const line = (what: 'p50' | 'p95') =>
    timeline.map((bin) => [middle(bin), bin[what] ?? null] as const)
  // A gap behind each, for dots are not joined.
  const dots = (what: 'fallbacks' | 'failed') =>
    timeline
      .filter((bin) => bin[what] > 0)
      .flatMap((bin): [number, number | null][] => [
        [middle(bin), bin.p50 ?? latency.p50],
        [middle(bin), null],
      ])
  const own = { colourGroup: name, paint: runPaint(place) }
  const isOneRow = timeline.every(({ first, last }) => first === last)
  const all: readonly LineSeries[] = [
    { name: 'p50', points: line('p50'), ...own },
    ...(isOneRow ? [] : [{ name: 'p95', points: line('p95'), ...own, isDashed: true }]),
    { name: 'fallbacks', points: dots('fallbacks'), colourGroup: 'fallbacks', paint: 'ink' },
    { name: 'no answer', points: dots('failed'), colourGroup: 'no answer', paint: 'wrong' },
  ]
  return all.filter(({ points }) => points.length > 0)
}

export function confusionCharts({ runs }: ReportData): readonly MatrixChart[] {
  return runs.flatMap(({ name, confusion }) =>
    confusion === undefined
      ? []
      : [
          {
            kind: 'matrix',
            title: runs.length === 1 ? 'Confusion' : `Confusion of ${name}`,
            xLabel: 'Answer',
            yLabel: 'Truth',
            rows: confusion.classes,
            columns: confusion.classes,
            values: confusion.counts,
          } as const,
        ],
  )
}

/** Which exit answered an image in one run, and which in the other; undefined where images are not matched. */
export function movesChart(
  exits: readonly string[],
  { first, second, changes }: Comparison,
): MatrixChart | undefined {
  if (changes.exits.every((row) => row.every((count) => count === 0))) return undefined
  return {
    kind: 'matrix',
    title: 'Exits of the same images',
    subtitle: `Rows: ${first}. Columns: ${second}.`,
    xLabel: `Exit in ${second}`,
    yLabel: `Exit in ${first}`,
    rows: exits,
    columns: exits,
    values: changes.exits,
  }
}
