// Where images were answered, and how well, as charts. Runs have one set of colours, exits another. Pure.
import type { Share } from '../../domain/share.ts'
import type { BarChart, Interval, MatrixChart } from '../plot/plot.ts'
import type { Comparison } from './compare-runs.ts'
import type { ReportData } from './report-data.ts'
import { runPaint } from './run-paint.ts'

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
