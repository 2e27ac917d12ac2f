// The tables of a report, for page and terminal: a row a run, or a row a run and exit. Pure.
import { describeMs, describePercent } from '../describe.ts'
import type { ReportTable } from '../page/page.ts'
import { changeKinds } from './changes.ts'
import type { Comparison } from './compare-runs.ts'
import { latencyPercents, type Latency } from './latency.ts'
import type { ReportData } from './report-data.ts'
import {
  changeWords,
  describeAccuracy,
  describeDifference,
  describeMsDifference,
  describeP,
  describeShare,
} from './report-words.ts'
import { runPaint } from './run-paint.ts'

export function runsTable({ runs }: ReportData): ReportTable {
  return {
    header: ['Run', 'Images', 'Answered', 'Accuracy', 'p50', 'p95', 'p99', 'Fallbacks'],
    rows: runs.map(({ name, figures }) => {
      const { rows, answered, fallbacks, latency } = figures
      return [
        name,
        String(rows),
        String(answered),
        describeAccuracy(figures),
        ...[latency?.p50, latency?.p95, latency?.p99].map(msOr),
        String(fallbacks),
      ]
    }),
    keys: runs.map((_, i) => runPaint(i)),
  }
}

/** Only where it answered something. */
export function exitsTable({ runs }: ReportData): ReportTable {
  const rows = runs.flatMap(({ name, figures }) =>
    figures.exits.flatMap((one, place) => (one.share.count === 0 ? [] : [{ name, one, place }])),
  )
  const isOne = runs.length === 1
  return {
    header: ['Exit', ...(isOne ? [] : ['Run']), 'Answered', 'Share', 'Accuracy of its answers'],
    rows: rows
      .toSorted((a, b) => a.place - b.place)
      .map(({ name, one }) => [
        one.exit,
        ...(isOne ? [] : [name]),
        String(one.share.count),
        describePercent(one.share.share),
        describeShare(one.accuracy),
      ]),
    keys: rows.map(({ place }) => place).toSorted((a, b) => a - b),
  }
}

/** Of all answers, then by exit. */
export function latencyTable({ runs, exits }: ReportData): ReportTable {
  const isOne = runs.length === 1
  const rowOf = (from: string, name: string, latency: Latency) => [
    from,
    ...(isOne ? [] : [name]),
    String(latency.count),
    ...[latency.p50, latency.p90, latency.p95, latency.p99, latency.max].map(msOr),
  ]
  const places = [-1, ...exits.keys()]
  const found = places.flatMap((place) =>
    runs.flatMap(({ name, figures }) => {
      const latency = place === -1 ? figures.latency : figures.exits[place]?.latency
      const from = exits[place] ?? 'all'
      return latency === undefined ? [] : [{ place, row: rowOf(from, name, latency) }]
    }),
  )
  return {
    header: [
      'Answered by',
      ...(isOne ? [] : ['Run']),
      'Answers',
      ...latencyPercents.map((percent) => `p${percent}`),
      'Longest',
    ],
    rows: found.map(({ row }) => row),
    keys: found.map(({ place }) => (place === -1 ? undefined : place)),
  }
}

/** What going on brought; undefined where nothing was passed on, or no truth is known. */
export function passedOnTable({ runs }: ReportData): ReportTable | undefined {
  const isOne = runs.length === 1
  const rows = runs.flatMap(({ name, figures }) =>
    figures.passedOn.map(({ exit, there, inTheEnd }) => [
      exit,
      ...(isOne ? [] : [name]),
      String(there.of),
      describeShare(there),
      describeShare(inTheEnd),
    ]),
  )
  if (rows.length === 0) return undefined
  return {
    header: [
      'Passed on by',
      ...(isOne ? [] : ['Run']),
      'Images',
      'Right, had it answered',
      'Right in the end',
    ],
    rows,
  }
}

/** Exits and their latency in one, for a terminal. */
export function exitsTextTable({ runs }: ReportData): ReportTable {
  const isOne = runs.length === 1
  const rows = runs.flatMap(({ name, figures }) =>
    figures.exits.flatMap((one, place) => (one.share.count === 0 ? [] : [{ name, one, place }])),
  )
  return {
    header: [
      'Exit',
      ...(isOne ? [] : ['Run']),
      'Answered',
      'Share',
      'Accuracy',
      'p50',
      'p95',
      'p99',
    ],
    rows: rows
      .toSorted((a, b) => a.place - b.place)
      .map(({ name, one: { exit, share, accuracy, latency } }) => [
        exit,
        ...(isOne ? [] : [name]),
        String(share.count),
        describePercent(share.share),
        describePercent(accuracy?.share ?? Number.NaN),
        ...[latency?.p50, latency?.p95, latency?.p99].map(msOr),
      ]),
  }
}

/** Every other run against the first, a row each: what a reader looks at before the tables of each. */
export function comparisonsTable({ comparisons, exits }: ReportData): ReportTable {
  return {
    header: [
      'Run',
      'Accuracy, points',
      `Answered by ${exits[0] ?? '-'}, points`,
      'Time, p95',
      'Now right, now wrong',
    ],
    rows: comparisons.map(({ second, accuracy, exits: shares, latency, changes: { counts } }) => {
      const p95 = latency.find(({ percent }) => percent === 95)
      return [
        second,
        describeDifference(accuracy),
        describeDifference(shares[0]?.share),
        p95 === undefined ? '-' : describeMsDifference(p95),
        `${counts['wrong-to-right']}, ${counts['right-to-wrong']}`,
      ]
    }),
    keys: comparisons.map((_, i) => runPaint(i + 1)),
  }
}

/** What differs between two runs, with 95 % intervals. */
export function differencesTable({ accuracy, exits, latency }: Comparison): ReportTable {
  return {
    header: ['What', 'Difference (95 % interval)', "McNemar's p"],
    rows: [
      ['Accuracy, points', describeDifference(accuracy), describeP(accuracy)],
      ...exits.map(({ exit, share }) => [
        `Answered by ${exit}, points`,
        describeDifference(share),
        describeP(share),
      ]),
      ...latency.map((one) => [`Time, p${one.percent}`, describeMsDifference(one), '-']),
    ],
  }
}

export function changesTable({ changes: { counts } }: Comparison): ReportTable {
  return {
    header: ['What became of them', 'Images'],
    rows: [...changeKinds, 'same' as const]
      .filter((kind) => counts[kind] > 0)
      .map((kind) => [changeWords[kind], String(counts[kind])]),
  }
}

function msOr(ms: number | undefined): string {
  return ms === undefined ? '-' : describeMs(ms)
}
