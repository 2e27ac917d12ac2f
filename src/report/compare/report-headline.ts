// The four numbers on top of a report: of one run, of two against each other, of many from the least to the most. Pure.
import { describeMs, describePercent } from '../describe.ts'
import type { Headline } from '../page/document.ts'
import type { Comparison } from './compare-runs.ts'
import type { ReportData, ReportedRun } from './report-data.ts'
import {
  describeAccuracy,
  describeDifference,
  describeMsDifference,
  describeShare,
} from './report-words.ts'

export function headlineOf(data: ReportData): readonly Headline[] {
  const [first] = data.runs
  const [comparison, more] = data.comparisons
  if (first === undefined) return []
  if (comparison === undefined) return headlineOfOne(first)
  return more === undefined ? headlineOfTwo(data, comparison) : headlineOfMany(data)
}

function headlineOfOne({ figures }: ReportedRun): readonly Headline[] {
  const { accuracy, accuracyRange, exits, latency, answered, rows, failed } = figures
  const early = exits.find(({ share }) => share.count > 0)
  const isRange = accuracyRange !== undefined
  const interval = describeShare(accuracy).replace(/^.*\(|\)$/g, '')
  return [
    {
      name: 'Accuracy',
      value: isRange ? describeAccuracy(figures) : describePercent(accuracy?.share ?? Number.NaN),
      note: isRange ? 'all that the file tells' : accuracy && `95 %: ${interval}`,
    },
    {
      name: early === undefined ? 'Answered' : `Answered at ${early.exit}`,
      value: describePercent(early?.share.share ?? Number.NaN),
      note: `${early?.share.count ?? 0} of ${answered}`,
    },
    {
      name: 'Time to an answer, p95',
      value: latency === undefined ? '-' : describeMs(latency.p95),
      note: latency && `p50 ${describeMs(latency.p50)}`,
    },
    { name: 'Without an answer', value: String(failed), note: `of ${rows} images` },
  ]
}

/** From the least to the most of the runs. */
function headlineOfMany({ runs, exits }: ReportData): readonly Headline[] {
  const figures = runs.map((run) => run.figures)
  const between = (values: readonly (number | undefined)[], words: (value: number) => string) => {
    const known = values.filter(
      (value) => value !== undefined && Number.isFinite(value),
    ) as number[]
    if (known.length === 0) return '-'
    const [least = '', most = ''] = [Math.min(...known), Math.max(...known)].map((one) =>
      words(one),
    )
    return least === most ? least : `${withoutUnitOf(most, least)} to ${most}`
  }
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
  return [
    {
      name: 'Accuracy',
      value: between(
        figures.map(({ accuracy }) => accuracy?.share),
        describePercent,
      ),
    },
    {
      name: `Answered at ${exits[0] ?? '-'}`,
      value: between(
        figures.map((one) => one.exits[0]?.share.share),
        describePercent,
      ),
    },
    {
      name: 'Time to an answer, p95',
      value: between(
        figures.map(({ latency }) => latency?.p95),
        describeMs,
      ),
    },
    {
      name: 'Without an answer',
      value: String(sum(figures.map(({ failed }) => failed))),
      note: `of ${sum(figures.map(({ rows }) => rows))} images in all`,
    },
  ]
}

function headlineOfTwo({ exits, runs }: ReportData, comparison: Comparison): readonly Headline[] {
  const { accuracy, latency, changes, second } = comparison
  const [early, earlyName] = [comparison.exits[0]?.share, exits[0] ?? '-']
  const p95 = latency.find(({ percent }) => percent === 95)
  const split = (text: string): Pick<Headline, 'value' | 'note'> => ({
    value: text.replace(/ \(.*$/, ''),
    note: /\((.*)\)$/.exec(text)?.[1],
  })
  const { counts } = changes
  const shares = runs.map(({ figures }) => describeAccuracy(figures).replace(/ \(.*$/, ''))
  return [
    {
      ...split(describeDifference(accuracy)),
      name: `Accuracy of ${second}, points`,
      ...(accuracy === undefined ? { note: shares.join(' and ') } : {}),
    },
    { ...split(describeDifference(early)), name: `Answered by ${earlyName}, points` },
    {
      ...(p95 === undefined ? { value: '-' } : split(describeMsDifference(p95))),
      name: 'Time to an answer, p95',
    },
    {
      name: 'Images now right, now wrong',
      value: `${counts['wrong-to-right']}, ${counts['right-to-wrong']}`,
      note: `of ${comparison.matched.images} matched`,
    },
  ]
}

/** '86.0' of '86.0 %' before 'to 91.4 %'; '900 ms' stays before 'to 1.2 s'. */
function withoutUnitOf(other: string, text: string): string {
  const unit = / \S+$/.exec(other)?.[0] ?? ''
  return text.endsWith(unit) ? text.slice(0, text.length - unit.length) : text
}
