// An evaluation as a page: the tables of stdout, and charts.
import type { ReportPage, ReportSection } from '../page/page.ts'
import type { Chart } from '../plot/plot.ts'
import type { Confusion } from '../../lab/evaluation/confusion.ts'
import type { Evaluation } from '../../lab/evaluation/evaluate-scores.ts'
import {
  accuracyTable,
  bytesTable,
  classTable,
  codecsTable,
  costFacts,
  leaversTable,
  noSmaller,
  tiersTable,
  withInterval,
} from './evaluation-tables.ts'
import type { Scores } from '../../lab/evaluation/scores.ts'

/** More labels than this make a matrix that no eye reads. */
const mostMatrixLabels = 40

/** The page; `provenance` is what the command knows: models, input, date, machine. */
export function evaluationPage(
  scores: Scores,
  evaluation: Evaluation,
  provenance: ReportPage['provenance'],
): ReportPage {
  const { cascade } = evaluation
  return {
    title: `Evaluation: ${withInterval(cascade.accuracy)} right`,
    headline: [],
    provenance,
    sections: [
      accuracySection(evaluation),
      leaversSection(scores, evaluation),
      bytesSection(scores, evaluation),
      ...codecsSections(scores, evaluation),
      { title: 'Compute', text: [...costFacts(evaluation), timeNote(scores)] },
      ...confusionSections(scores, evaluation),
      ...unreadableSection(scores),
    ],
  }
}

function accuracySection(evaluation: Evaluation): ReportSection {
  const { exits, cascade } = evaluation
  const percents = [...exits, cascade].map(({ accuracy }) => accuracy.share * 100)
  const chart: Chart = {
    kind: 'bars',
    title: 'Accuracy of each exit alone, and of the cascade',
    xLabel: 'Exit',
    yLabel: 'Accuracy (%)',
    categories: [...exits.map(({ name }) => name), 'cascade'],
    series: [{ name: 'accuracy', values: percents }],
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

function leaversSection({ stages }: Scores, evaluation: Evaluation): ReportSection {
  const { cascade } = evaluation
  const { exits, unsure } = cascade
  const bars = unsure.left.count === 0 ? exits : [...exits, unsure]
  const folders = new Set(stages.map(({ tier }) => tier)).size
  const tiers = tiersTable(evaluation)
  const byTier = tiers.rows.map(([name, , share, right]) => `${name} ${share} (right: ${right})`)
  return {
    title: 'Where samples leave',
    // With a tier an exit the table says it all.
    text: folders > 1 && folders < exits.length ? [`By tier: ${byTier.join('; ')}`] : [],
    table: leaversTable(evaluation),
    charts: [
      {
        kind: 'bars',
        title: 'Samples that leave at each exit',
        xLabel: 'Exit',
        yLabel: 'Share of all samples (%)',
        categories: bars.map(({ name }) => name),
        series: [
          {
            name: 'right',
            values: bars.map(({ accuracy, left }) => (accuracy.count / left.of) * 100),
          },
          {
            name: 'wrong',
            values: bars.map(
              ({ accuracy, left }) => ((left.count - accuracy.count) / left.of) * 100,
            ),
          },
        ],
        isStacked: true,
      },
    ],
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
