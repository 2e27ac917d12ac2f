// Whether confidence can be trusted: reliability with counts, and how often each exit is how confident.
import type { Evaluation } from '../../lab/evaluation/evaluate-scores.ts'
import { describePercent } from '../describe.ts'
import type { ReportSection } from '../page/page.ts'
import type { Chart } from '../plot/plot.ts'

type Exit = Evaluation['exits'][number]

export function confidenceSection({ exits }: Evaluation): ReportSection {
  return {
    title: 'Confidence',
    text: [
      "Reliability: a dot is a tenth of the scale of the largest probability at the exit's temperature, its number how many samples are there; bars are 95 % intervals of their accuracy. Dots below the line are too confident.",
      'Histogram: the confidence that the exit decides by, of all samples, had every one come there. What is wrong at the right end leaves and is wrong.',
    ],
    charts: exits.flatMap((exit) => [reliabilityChart(exit), ...histogramChart(exit)]),
  }
}

function reliabilityChart({ name, rule, bins, ece }: Exit): Chart {
  return {
    kind: 'reliability',
    title: `Reliability of ${name}`,
    subtitle: `ECE ${describePercent(ece)}`,
    xLabel: 'Mean confidence',
    yLabel: 'Accuracy',
    series: [{ name, bins, paint: rule.exit }],
  }
}

/** None of an exit that gives no numbers. */
function histogramChart({ name, rule, histogram }: Exit): readonly Chart[] {
  if (histogram.length === 0) return []
  return [
    {
      kind: 'bars',
      title: `Confidence of ${name}`,
      subtitle: `by ${rule.confidence}; leaves at ${Number(rule.threshold.toPrecision(4))} and above`,
      xLabel: 'Confidence, from',
      yLabel: 'Samples',
      categories: histogram.map(({ from }, bin) =>
        // Each other one, for all would not fit.
        bin % 2 === 0 ? String(Number(from.toPrecision(3))) : '',
      ),
      series: [
        { name: 'right', values: histogram.map(({ right }) => right), paint: 'right' },
        { name: 'wrong', values: histogram.map(({ wrong }) => wrong), paint: 'wrong' },
      ],
      ...{ isStacked: true, isLying: false },
    },
  ]
}
