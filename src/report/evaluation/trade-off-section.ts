// Accuracy against work and against bytes: every threshold that was tried, each exit alone, and the one in use.
import type { Share } from '../../domain/share.ts'
import type { Evaluation } from '../../lab/evaluation/evaluate-scores.ts'
import type { Reached, TriedThresholds } from '../../lab/evaluation/trade-offs.ts'
import { describeBytes, describePercent } from '../describe.ts'
import type { ReportSection, ReportTable } from '../page/page.ts'
import type { Interval, PointChart, PointGroup } from '../plot/plot.ts'

/** None of one exit: there is nothing to choose. */
export function tradeOffSections(evaluation: Evaluation): readonly ReportSection[] {
  const { exits, tradeOffs } = evaluation
  if (exits.length < 2 || tradeOffs.tried.length < 2) return []
  const charts = [
    chartOf(evaluation, 'multiplyAdds', {
      title: 'Accuracy against work',
      xLabel: 'Multiply-adds of an image (million)',
      xOf: ({ multiplyAdds = Number.NaN }) => multiplyAdds / 1e6,
    }),
    chartOf(evaluation, 'bytes', {
      title: 'Accuracy against bytes',
      xLabel: 'Bytes of an image over all cuts (kB)',
      xOf: ({ bytes }) => bytes / 1000,
    }),
  ].filter((chart) => chart !== undefined)
  if (charts.length === 0) return []
  return [
    {
      title: 'What other thresholds would give',
      text: [
        `A point is a setting of all thresholds, ${tradeOffs.tried.length} of them; a line is the front: what no other setting beats. Bars are 95 % intervals. The front was found on the images that it is measured on, so it flatters: ddnn calibrate chooses thresholds on some images and measures them on others.`,
      ],
      charts,
    },
    { title: 'The front, point by point', table: frontTable(evaluation), isFolded: true },
  ]
}

interface Axis {
  readonly title: string
  readonly xLabel: string
  readonly xOf: (reached: Reached) => number
}

/** Undefined where nobody knows the cost, or it is the same for all. */
function chartOf(
  { exits, tradeOffs: { tried, chosen, alone } }: Evaluation,
  cost: keyof TriedThresholds['isOnFront'],
  { title, xLabel, xOf }: Axis,
): PointChart | undefined {
  const costs = tried.map(xOf)
  if (!costs.every(Number.isFinite) || new Set(costs).size < 2) return undefined
  const pointOf = (reached: Reached) => ({ x: xOf(reached), y: reached.accuracy.share * 100 })
  const groups: readonly PointGroup[] = [
    { name: 'tried', points: tried.map(pointOf), paint: 'soft-ink', isMany: true },
    {
      name: 'front',
      points: tried.filter(({ isOnFront }) => isOnFront[cost]).map(pointOf),
      ...{ paint: 'ink', isMany: true, isJoined: true },
    },
    ...exits.map(({ name, rule }, exit): PointGroup => {
      const own = alone[exit] ?? chosen
      return {
        name: `${name} alone`,
        points: [{ ...pointOf(own), interval: percents(own.accuracy) }],
        ...{ paint: rule.exit, shape: 'square' },
      }
    }),
    {
      name: 'in use',
      points: [{ ...pointOf(chosen), interval: percents(chosen.accuracy) }],
      ...{ paint: 'ink', shape: 'diamond' },
    },
  ]
  return { kind: 'points', title, xLabel, yLabel: 'Accuracy (%)', groups }
}

/** Ends of a share's interval, as percents. */
export function percents({ low, high }: Share): Interval {
  return [low * 100, high * 100]
}

/** A row a setting that is on one of the fronts, the cheapest first. */
function frontTable({ exits, tradeOffs: { tried } }: Evaluation): ReportTable {
  const rows = tried
    .filter(({ isOnFront }) => isOnFront.multiplyAdds || isOnFront.bytes)
    .toSorted((a, b) => a.accuracy.count - b.accuracy.count)
  const early = Math.max(0, ...rows.map(({ thresholds }) => thresholds.length))
  return {
    header: [
      ...exits.slice(0, early).map(({ name }) => `${name} leaves at`),
      ...['Accuracy', 'Multiply-adds', 'Bytes'],
    ],
    rows: rows.map(({ thresholds, accuracy, multiplyAdds, bytes }) => [
      ...thresholds.map((one) => (one === undefined ? 'none' : String(Number(one.toPrecision(6))))),
      describePercent(accuracy.share, 2),
      multiplyAdds === undefined ? '-' : `${(multiplyAdds / 1e6).toFixed(2)} million`,
      describeBytes(bytes),
    ]),
  }
}
