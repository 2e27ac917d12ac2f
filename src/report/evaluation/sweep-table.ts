// The settings that a calibration tried, as a table of the page and as sweep.csv.
import type { SweepRow } from '../../lab/evaluation/sweep.ts'
import { describeMs, describePercent } from '../describe.ts'
import type { ReportTable } from '../page/page.ts'
import { pointsOf, rounded } from './calibration-tables.ts'

/** BranchyNet's Table I: accuracy, time, gain, thresholds and exits, for one criterion or for all. */
export function sweepTable(rows: readonly SweepRow[], exits: readonly string[]): ReportTable {
  return {
    header: [
      'Criterion',
      'Accuracy',
      'Loss',
      'Time',
      'Gain',
      'Thresholds',
      `Exit % (${exits.join(', ')})`,
      '',
    ],
    // Where all are, none stands out.
    marked: rows.every(({ isOnFront }) => isOnFront)
      ? []
      : rows.flatMap(({ isOnFront }, i) => (isOnFront ? [i] : [])),
    rows: rows.map((row) => [
      row.criterion,
      describePercent(row.accuracy, 2),
      pointsOf(row.loss),
      describeMs(row.meanMs),
      `${row.gain.toFixed(2)}x`,
      row.thresholds.map((t) => (t === undefined ? '-' : rounded(t))).join(', '),
      row.shares.map((share) => (share * 100).toFixed(1)).join(', '),
      row.isOnFront ? 'front' : '',
    ]),
  }
}

/** Columns of sweep.csv. */
export function sweepColumns(exits: readonly string[]): readonly string[] {
  return [
    'Criterion',
    'Accuracy',
    'Loss',
    'Harmed',
    'Mean_ms',
    'P95_ms',
    'Gain',
    ...exits.slice(0, -1).map((name) => `${name}_Threshold`),
    ...exits.map((name) => `${name}_Share`),
    'Front',
  ]
}

/** Rows of sweep.csv, of every setting tried: `Front` is true of those that none beats, shares are 0 to 1, times in milliseconds; an empty threshold lets none leave. */
export function sweepCells(row: SweepRow): readonly string[] {
  const number = (value: number) => String(Number(value.toFixed(6)))
  return [
    row.criterion,
    ...[row.accuracy, row.loss, row.harmed, row.meanMs, row.p95Ms, row.gain].map(number),
    ...row.thresholds.map((threshold) => (threshold === undefined ? '' : String(threshold))),
    ...row.shares.map(number),
    String(row.isOnFront),
  ]
}
