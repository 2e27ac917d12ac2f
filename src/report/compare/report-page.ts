// The page of a report: what came out, what changed image by image, then curves and tables. Pure.
import { describeMs, describePercent } from '../describe.ts'
import type { Headline } from '../page/document.ts'
import type { ReportPage, ReportSection } from '../page/page.ts'
import type { Comparison } from './compare-runs.ts'
import {
  accuracyChart,
  confusionCharts,
  exitLatencyCharts,
  latencyChart,
  movesChart,
  sharesChart,
  timelineCharts,
} from './report-charts.ts'
import type { ReportData, ReportedRun } from './report-data.ts'
import { changedSections, hardestSection, type Thumbnails } from './report-images.ts'
import {
  changesTable,
  differencesTable,
  exitsTable,
  latencyTable,
  runsTable,
} from './report-tables.ts'
import {
  describeAccuracy,
  describeDifference,
  describeMsDifference,
  describeShare,
} from './report-words.ts'

interface PageOptions {
  readonly thumbnails: Thumbnails
  readonly provenance: ReportPage['provenance']
}

export function reportPage(data: ReportData, options: PageOptions): ReportPage {
  const { runs, comparisons } = data
  const [first] = runs
  const [comparison] = comparisons
  const names = runs.map(({ name }) => name)
  return {
    title: runs.length === 1 ? `Run ${first?.name}` : `${names.length} runs: ${names.join(', ')}`,
    lead: leadOf(data),
    headline:
      first === undefined
        ? []
        : comparison === undefined || runs.length > 2
          ? headlineOfOne(first, runs.length > 1)
          : headlineOfTwo(data, comparison),
    sections: sectionsOf(data, options.thumbnails),
    provenance: options.provenance,
  }
}

/** What a reader must know before any number. */
function leadOf({ runs }: ReportData): readonly string[] {
  return runs.flatMap(({ name, truth, notes }) =>
    [truth.note, ...notes].flatMap((note) => (note === undefined ? [] : [`${name}: ${note}`])),
  )
}

function headlineOfOne(
  { name, figures }: ReportedRun,
  isFirstOfMany: boolean,
): readonly Headline[] {
  const { accuracy, accuracyRange, exits, latency, answered, rows, failed } = figures
  const of = isFirstOfMany ? `of ${name}` : undefined
  const early = exits.find(({ share }) => share.count > 0)
  const isRange = accuracyRange !== undefined
  return [
    {
      name: 'Accuracy',
      value: isRange ? describeAccuracy(figures) : describePercent(accuracy?.share ?? Number.NaN),
      note: isRange
        ? 'all that the file tells'
        : accuracy === undefined
          ? of
          : `95 %: ${describeShare(accuracy).replace(/^.*\(|\)$/g, '')}`,
    },
    {
      name: early === undefined ? 'Answered' : `Answered at ${early.exit}`,
      value: describePercent(early?.share.share ?? Number.NaN),
      note: `${early?.share.count ?? 0} of ${answered}`,
    },
    {
      name: 'Time to an answer, p95',
      value: latency === undefined ? '-' : describeMs(latency.p95),
      note: latency === undefined ? undefined : `p50 ${describeMs(latency.p50)}`,
    },
    { name: 'Without an answer', value: String(failed), note: `of ${rows} images` },
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

function sectionsOf(data: ReportData, thumbnails: Thumbnails): readonly ReportSection[] {
  const { runs, comparisons, exits } = data
  const accuracy = accuracyChart(data)
  const timelines = timelineCharts(data)
  const confusions = confusionCharts(data)
  const shares = sharesChart(data)
  return [
    { title: runs.length === 1 ? 'The run' : 'The runs', table: runsTable(data) },
    ...comparisons.flatMap((one) => comparisonSections(exits, one)),
    ...(shares === undefined
      ? []
      : [
          {
            title: 'Exits',
            charts: [accuracy ?? [], shares].flat(),
            table: exitsTable(data),
          },
        ]),
    ...comparisons.flatMap((one) => changedSections(one, thumbnails)),
    ...hardestSection(data, thumbnails),
    ...latencySections(data),
    ...(timelines.length === 0
      ? []
      : [{ title: 'Timeline', text: [timelineText(data)], charts: timelines }]),
    ...(confusions.length === 0 ? [] : [{ title: 'Confusion', charts: confusions }]),
    ...failureSections(data),
  ]
}

function latencySections(data: ReportData): readonly ReportSection[] {
  const all = latencyChart(data)
  if (all === undefined) return []
  return [
    {
      title: 'Latency',
      text: ['The share of answers within each time. Percentiles are by nearest rank.'],
      // Of one run its exits say more.
      charts: [...(data.runs.length === 1 ? [] : [all]), ...exitLatencyCharts(data)],
      table: latencyTable(data),
    },
  ]
}

function timelineText({ runs }: ReportData): string {
  const most = Math.max(...runs.map(({ timeline }) => (timeline[0]?.last ?? 0) + 1))
  return `A CSV holds no clock times: rows stand in the order of the images${most > 1 ? `, up to ${most} of them a point` : ''}. Dots mark fallbacks, and rows without an answer.`
}

function comparisonSections(exits: readonly string[], one: Comparison): readonly ReportSection[] {
  const moves = movesChart(exits, one)
  return [
    {
      title: `${one.second} against ${one.first}`,
      text: [
        `${one.second} less ${one.first}: ${one.matched.note}.`,
        ...(one.matched.by === 'none'
          ? []
          : ['Intervals hold 95 %; p is how often chance alone would give as much (McNemar).']),
      ],
      table: differencesTable(one),
    },
    ...(one.matched.by === 'none'
      ? []
      : [
          {
            title: `What changed from ${one.first} to ${one.second}`,
            table: changesTable(one),
            ...(moves === undefined ? {} : { charts: [moves] }),
          },
        ]),
  ]
}

function failureSections({ runs }: ReportData): readonly ReportSection[] {
  const rows = runs.flatMap(({ name, figures }) =>
    figures.failures.map(({ code, count }) => [
      name,
      code === 'none' ? 'no error named' : code,
      String(count),
    ]),
  )
  if (rows.length === 0) return []
  return [{ title: 'Without an answer', table: { header: ['Run', 'Code', 'Images'], rows } }]
}
