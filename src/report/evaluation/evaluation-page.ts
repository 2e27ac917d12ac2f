// An evaluation as a page: what came out, what papers show of it, and the tables of stdout.
import type { ReportPage, ReportSection } from '../page/page.ts'
import type { Chart } from '../plot/plot.ts'
import type { Confusion } from '../../lab/evaluation/confusion.ts'
import type { Evaluation } from '../../lab/evaluation/evaluate-scores.ts'
import type { Scores } from '../../lab/evaluation/scores.ts'
import type { Share } from '../../domain/share.ts'
import { describeBytes, describeMs, describePercent } from '../describe.ts'
import type { Headline } from '../page/document.ts'
import { confidenceSection } from './confidence-section.ts'
import { hardestSections } from './hardest-section.ts'
import { leaversSections } from './leavers-sections.ts'
import { exitBoundsNote, exitBoundsTable, riskSentences } from './risk-tables.ts'
import { percents, tradeOffSections } from './trade-off-section.ts'
import {
  accuracyTable,
  bytesTable,
  classTable,
  codecsTable,
  costFacts,
  noSmaller,
} from './evaluation-tables.ts'

/** More labels than this make a matrix that no eye reads. */
const mostMatrixLabels = 40

/** The page; `provenance` is what the command knows: models, input, date, machine. */
export function evaluationPage(
  scores: Scores,
  evaluation: Evaluation,
  provenance: ReportPage['provenance'],
  thumbnails: ReadonlyMap<string, string> = new Map(),
): ReportPage {
  return {
    title: 'Evaluation',
    headline: headlineOf(evaluation),
    provenance,
    sections: [
      accuracySection(evaluation),
      ...riskSections(evaluation),
      ...tradeOffSections(evaluation),
      ...leaversSections(scores, evaluation),
      ...hardestSections(scores.labels, evaluation, thumbnails),
      confidenceSection(evaluation),
      bytesSection(scores, evaluation),
      ...codecsSections(scores, evaluation),
      { title: 'Compute', text: [...costFacts(evaluation), timeNote(scores)] },
      ...confusionSections(scores, evaluation),
      ...unreadableSection(scores),
    ],
  }
}

function riskSections(evaluation: Evaluation): readonly ReportSection[] {
  const { risk, exits, isCalibratedOnThese } = evaluation
  if (risk === undefined) return []
  const names = exits.map(({ name }) => name)
  const table = isCalibratedOnThese ? undefined : exitBoundsTable(risk, names)
  const note = table === undefined ? [] : [exitBoundsNote(risk)]
  const text = [...riskSentences(evaluation), ...note]
  return [{ title: 'What is proved', text, ...(table === undefined ? {} : { table }) }]
}

/** The first four that there are: a single exit, and models that others follow, have other questions. */
function headlineOf(evaluation: Evaluation): readonly Headline[] {
  const { exits, cascade, costs, samples } = evaluation
  const last = exits.at(-1)
  const { left, accuracy } = cascade.unsure
  const all: readonly (Headline | undefined)[] = [
    {
      name: exits.length < 2 ? 'Accuracy' : 'Accuracy of the cascade',
      value: describePercent(cascade.accuracy.share),
      note: `${intervalOf(cascade.accuracy)} of ${samples.toLocaleString('en')} images`,
    },
    last && exits.length > 1
      ? {
          name: 'Last exit alone',
          value: describePercent(last.accuracy.share),
          note: intervalOf(last.accuracy),
        }
      : undefined,
    left.count > 0
      ? {
          name: 'Go on to the next tier',
          value: describePercent(left.share),
          note: `${describePercent(accuracy.share)} of these are right here`,
        }
      : undefined,
    exits.length > 1 ? earlyOf(evaluation) : undefined,
    costs.cuts.length > 0
      ? {
          name: 'Bytes of an image over all cuts',
          value: describeBytes(costs.cuts.reduce((sum, { bytesOverAll }) => sum + bytesOverAll, 0)),
          note: 'mean, those that left before send nothing',
        }
      : undefined,
    { name: 'Compute of an image', value: describeMs(costs.computeMs), note: 'mean, alone' },
    last && { name: 'ECE of the last exit', value: describePercent(last.ece) },
  ]
  return all.filter((one) => one !== undefined).slice(0, 4)
}

function earlyOf({ cascade, costs, samples }: Evaluation): Headline {
  const early = cascade.exits.slice(0, -1).reduce((sum, { left }) => sum + left.count, 0)
  const { multiplyAddsSaved, computeSaved } = costs
  return {
    name: 'Leave before the last exit',
    value: describePercent(early / samples),
    note:
      multiplyAddsSaved === undefined
        ? `${describePercent(computeSaved)} less time`
        : `${describePercent(multiplyAddsSaved)} less work`,
  }
}

function intervalOf({ low, high }: Share): string {
  return `${(low * 100).toFixed(1)} to ${describePercent(high)}`
}

function accuracySection(evaluation: Evaluation): ReportSection {
  const { exits, cascade } = evaluation
  const all = [...exits, cascade].map(({ accuracy }) => accuracy)
  const chart: Chart = {
    kind: 'bars',
    title: 'Accuracy of each exit alone, and of the cascade',
    xLabel: 'Exit',
    yLabel: 'Accuracy (%)',
    categories: [...exits.map(({ name }) => name), 'cascade'],
    series: [
      {
        name: 'accuracy',
        values: all.map(({ share }) => share * 100),
        paints: [...exits.map(({ rule }) => rule.exit), 'soft-ink'],
        intervals: all.map(percents),
      },
    ],
  }
  return {
    title: 'Accuracy',
    text: [
      'Each exit is measured as if every sample left there; the cascade is what serving does. Intervals are 95 % Wilson intervals. ECE has 15 bins of equal mass.',
    ],
    table: accuracyTable(evaluation),
    charts: [chart],
  }
}

function bytesSection(scores: Scores, evaluation: Evaluation): ReportSection {
  const { cuts } = evaluation.costs
  const { imageBytes } = scores
  const kilobytes = (bytes: number | undefined) => (bytes ?? Number.NaN) / 1000
  const images: [string, number | undefined][] = [
    ['image: file', imageBytes?.file],
    ["image: JPEG, network's size", imageBytes?.jpeg],
  ]
  const entries: [string, number][] = [
    ...cuts.map(({ after, codec, bytes }): [string, number] => [
      `after ${after}: ${codec}`,
      kilobytes(bytes),
    ]),
    ...images.flatMap(([name, bytes]): [string, number][] =>
      bytes === undefined ? [] : [[name, kilobytes(bytes)]],
    ),
  ]
  const chart: Chart = {
    kind: 'bars',
    title: 'Bytes of one sample that is offloaded',
    xLabel: 'What travels',
    yLabel: 'Mean size (kB)',
    categories: entries.map(([name]) => name),
    series: [{ name: 'size', values: entries.map(([, size]) => size) }],
  }
  return {
    title: 'Bytes offloaded',
    text: [
      'Mean sizes of whole frames, header included, as they travel in Kafka records, over at most 256 samples spread over the set. "Over all samples" counts those that left before as nothing.',
      ...noSmaller(evaluation, scores),
    ],
    table: bytesTable(evaluation, scores),
    charts: cuts.length === 0 ? [] : [chart],
  }
}

function codecsSections(scores: Scores, evaluation: Evaluation): readonly ReportSection[] {
  if (evaluation.codecs.length === 0) return []
  return [
    {
      title: 'Codecs of features',
      text: [
        'The same features by every codec. Times are medians of single frames on one thread; packing loses nothing, so a form has one accuracy.',
      ],
      table: codecsTable(evaluation, scores),
    },
  ]
}

function timeNote({ stages }: Scores): string {
  const passes = Math.min(...stages.map(({ computeMs }) => computeMs.passes ?? 0))
  return `Medians of ${passes} forward passes of single samples, after a warm-up, without decoding and links.`
}

function confusionSections(
  { labels }: Scores,
  { exits, cascade }: Evaluation,
): readonly ReportSection[] {
  const chartsOf = (title: string, confusion: Confusion): readonly Chart[] =>
    labels.length > mostMatrixLabels
      ? []
      : [
          {
            kind: 'matrix',
            title,
            xLabel: 'Prediction',
            yLabel: 'Truth',
            rows: labels,
            columns: labels,
            values: confusion,
          },
        ]
  return [
    {
      title: 'Classes: the cascade',
      table: classTable(cascade.classes),
      charts: chartsOf('Confusion of the cascade', cascade.confusion),
    },
    ...exits.map(({ name, classes, confusion }) => ({
      title: `Classes: ${name} alone`,
      isFolded: true,
      table: classTable(classes),
      charts: chartsOf(`Confusion of ${name} alone`, confusion),
    })),
  ]
}

function unreadableSection({ unreadable }: Scores): readonly ReportSection[] {
  if (unreadable.length === 0) return []
  const rows = unreadable.map(({ file, reason }) => [file, reason])
  return [
    {
      title: 'Files that could not be read',
      text: ['They are in no figure.'],
      table: { header: ['File', 'Reason'], rows },
    },
  ]
}
