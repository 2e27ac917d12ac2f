// The page of a report: what came out, what changed image by image, then curves and tables. Pure.
import type { ReportPage, ReportSection } from '../page/page.ts'
import type { Comparison } from './compare-runs.ts'
import { accuracyChart, confusionCharts, movesChart, sharesChart } from './exit-charts.ts'
import { exitLatencyCharts, latencyChart } from './latency-charts.ts'
import type { ReportData } from './report-data.ts'
import { headlineOf } from './report-headline.ts'
import { changedSections, hardestSection, type Thumbnails } from './report-images.ts'
import {
  changesTable,
  comparisonsTable,
  differencesTable,
  exitsTable,
  latencyTable,
  passedOnTable,
  runsTable,
} from './report-tables.ts'
import { timelineCharts } from './timeline-charts.ts'

interface PageOptions {
  readonly thumbnails: Thumbnails
  readonly provenance: ReportPage['provenance']
}

export function reportPage(data: ReportData, options: PageOptions): ReportPage {
  const { runs } = data
  const [first] = runs
  const names = runs.map(({ name }) => name)
  return {
    title: runs.length === 1 ? `Run ${first?.name}` : `${names.length} runs: ${names.join(', ')}`,
    lead: leadOf(data),
    headline: headlineOf(data),
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

/** Runs whose charts of their own all stand open. */
const mostUnfolded = 4

function sectionsOf(data: ReportData, thumbnails: Thumbnails): readonly ReportSection[] {
  const { runs, comparisons, exits } = data
  const accuracy = accuracyChart(data)
  const timelines = timelineCharts(data)
  const confusions = confusionCharts(data)
  const isMany = runs.length > mostUnfolded
  const shares = sharesChart(data)
  return [
    { title: runs.length === 1 ? 'The run' : 'The runs', table: runsTable(data) },
    ...summarySections(data),
    ...comparisons.flatMap((one) => comparisonSections(exits, one, comparisons.length > 1)),
    ...(shares === undefined
      ? []
      : [
          {
            title: 'Exits',
            charts: [accuracy ?? [], shares].flat(),
            table: exitsTable(data),
          },
        ]),
    ...passedOnSections(data),
    ...comparisons.flatMap((one) => changedSections(one, thumbnails, comparisons.length > 1)),
    ...hardestSection(data, thumbnails),
    ...latencySections(data),
    ...(timelines.length === 0
      ? []
      : [{ title: 'Timeline', text: [timelineText(data)], charts: timelines, isFolded: isMany }]),
    ...(confusions.length === 0
      ? []
      : [{ title: 'Confusion', charts: confusions, isFolded: isMany }]),
    ...failureSections(data),
  ]
}

function passedOnSections(data: ReportData): readonly ReportSection[] {
  const table = passedOnTable(data)
  if (table === undefined) return []
  return [
    {
      title: 'What going on brought',
      text: [
        'Images that an exit was not sure enough of: right ones had it answered, and in the end.',
      ],
      table,
    },
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
  const sizes = runs.flatMap(({ timeline }) => timeline.map(({ first, last }) => last - first + 1))
  const most = sizes.reduce((a, b) => Math.max(a, b), 0)
  return `A CSV holds no clock times: rows stand in the order of the images${most > 1 ? `, up to ${most} of them a point` : ', each a point; dots mark fallbacks, and rows without an answer'}.`
}

/** Of two runs the sections of their comparison say it all. */
function summarySections(data: ReportData): readonly ReportSection[] {
  const [first] = data.runs
  if (data.comparisons.length < 2 || first === undefined) return []
  return [
    {
      title: `Against ${first.name}`,
      text: ['Each run less the first, with intervals that hold 95 %.'],
      table: comparisonsTable(data),
    },
  ]
}

function comparisonSections(
  exits: readonly string[],
  one: Comparison,
  isFolded: boolean,
): readonly ReportSection[] {
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
      isFolded,
    },
    ...(one.matched.by === 'none'
      ? []
      : [
          {
            title: `What changed from ${one.first} to ${one.second}`,
            table: changesTable(one),
            isFolded,
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
