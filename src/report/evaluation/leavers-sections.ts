// Where samples leave: of all classes together, and of each.
import type { ClassExits } from '../../lab/evaluation/exit-rates.ts'
import type { Evaluation } from '../../lab/evaluation/evaluate-scores.ts'
import type { Scores } from '../../lab/evaluation/scores.ts'
import { describePercent } from '../describe.ts'
import type { ReportSection, ReportTable } from '../page/page.ts'
import type { Chart } from '../plot/plot.ts'
import { leaversTable, tiersTable } from './evaluation-tables.ts'

/** Classes of one chart; of more, those that leave early least. */
const mostClasses = 40

export function leaversSections(
  { stages }: Scores,
  evaluation: Evaluation,
): readonly ReportSection[] {
  const { exits } = evaluation
  const folders = new Set(stages.map(({ tier }) => tier)).size
  const tiers = tiersTable(evaluation)
  const byTier = tiers.rows.map(([name, , share, right]) => `${name} ${share} (right: ${right})`)
  return [
    {
      title: 'Where samples leave',
      // With a tier an exit the table says it all.
      text: folders > 1 && folders < exits.length ? [`By tier: ${byTier.join('; ')}`] : [],
      table: leaversTable(evaluation),
      charts: [leaversChart(evaluation), ...classChart(evaluation)],
    },
    ...(exits.length < 2
      ? []
      : [{ title: 'Exits of each class', table: classExitsTable(evaluation), isFolded: true }]),
  ]
}

function leaversChart({ cascade: { exits, unsure } }: Evaluation): Chart {
  const bars = unsure.left.count === 0 ? exits : [...exits, unsure]
  return {
    kind: 'bars',
    title: 'Samples that leave at each exit',
    xLabel: 'Exit',
    yLabel: 'Share of all samples (%)',
    categories: bars.map(({ name }) => name),
    series: [
      {
        name: 'right',
        values: bars.map(({ accuracy, left }) => (accuracy.count / left.of) * 100),
        paint: 'right',
      },
      {
        name: 'wrong',
        values: bars.map(({ accuracy, left }) => ((left.count - accuracy.count) / left.of) * 100),
        paint: 'wrong',
      },
    ],
    isStacked: true,
  }
}

/** None of one exit, where all leave. */
function classChart({ exits, cascade: { exitRates, unsure } }: Evaluation): readonly Chart[] {
  if (exits.length < 2) return []
  const early = ({ left }: ClassExits) =>
    left.slice(0, -1).reduce((sum, { share }) => sum + share, 0)
  const known = exitRates.filter(({ samples }) => samples > 0)
  const shown = known.toSorted((a, b) => early(b) - early(a)).slice(-mostClasses)
  const cut =
    shown.length < known.length
      ? `the ${shown.length} of ${known.length} that leave early least`
      : undefined
  return [
    {
      kind: 'bars',
      title: 'Exits of each class',
      ...(cut === undefined ? {} : { subtitle: cut }),
      xLabel: 'Class',
      yLabel: 'Share of its samples (%)',
      categories: shown.map(({ label }) => label),
      series: [
        ...exits.map(({ name, rule }, exit) => ({
          name,
          values: shown.map(({ left }) => (left[exit]?.share ?? 0) * 100),
          paint: rule.exit,
        })),
        ...(unsure.left.count === 0
          ? []
          : [
              {
                name: 'goes on',
                values: shown.map((one) => one.unsure.share * 100),
                paint: 'soft-ink' as const,
              },
            ]),
      ],
      ...{ isStacked: true, isLying: true },
    },
  ]
}

function classExitsTable({
  exits,
  cascade: { exitRates, classes, unsure },
}: Evaluation): ReportTable {
  const hasUnsure = unsure.left.count > 0
  return {
    header: [
      ...['Label', 'Samples', 'Right'],
      ...exits.map(({ name }) => `${name} (95 % interval)`),
      ...(hasUnsure ? ['goes on'] : []),
    ],
    rows: exitRates.map(({ label, samples, left, unsure: on }, i) => [
      label,
      String(samples),
      describePercent(classes[i]?.recall ?? Number.NaN),
      ...left.map(({ share, low, high }) =>
        samples === 0
          ? '-'
          : `${describePercent(share)} (${(low * 100).toFixed(0)} to ${(high * 100).toFixed(0)})`,
      ),
      ...(hasUnsure ? [describePercent(on.share)] : []),
    ]),
  }
}
