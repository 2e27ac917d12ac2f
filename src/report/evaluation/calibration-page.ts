// A calibration as a page: reliability before and after, risk over coverage, the sweep.
import { confidenceNames } from '../../domain/confidence.ts'
import type { ReportPage, ReportSection } from '../page/page.ts'
import type { Chart } from '../plot/plot.ts'
import type { FeatureCodec } from '../../domain/feature-codec.ts'
import type { Calibration } from '../../lab/evaluation/calibrate.ts'
import type { CodecCandidate, CodecChoice } from '../../lab/evaluation/choose-codec.ts'
import type { ExitCalibration } from '../../lab/evaluation/calibrate-exits.ts'
import {
  boundSentences,
  calibrationTable,
  candidatesTable,
  cascadeTable,
  criteriaTable,
  exitsTable,
  sweepTable,
} from './calibration-tables.ts'

/** The page; `provenance` is what the command knows: models, input, date, machine. */
export function calibrationPage(
  calibration: Calibration,
  provenance: ReportPage['provenance'],
  { codec, candidates }: CodecChoice,
): ReportPage {
  return {
    title: `Calibration: ${calibration.goal}`,
    headline: [],
    provenance: [...provenance, ['Goal', calibration.goal], ['Criterion', calibration.criterion]],
    sections: [
      thresholdSection(calibration),
      temperatureSection(calibration),
      criteriaSection(calibration),
      sweepSection(calibration),
      ...codecSections(codec, candidates),
    ],
  }
}

function codecSections(
  codec: FeatureCodec,
  candidates: readonly CodecCandidate[],
): readonly ReportSection[] {
  if (candidates.length === 0) return []
  return [
    {
      title: 'Codec of features',
      text: [
        'Each form of features by its smallest codec, with thresholds of its own. A loss is that to float32: by the cascade, and by the exit behind a link that loses most. Bytes are whole frames over all links, of a mean image.',
      ],
      table: candidatesTable(candidates, codec),
    },
  ]
}

/** Which samples the figures of a section are of. */
function basisOf({ onTested }: Calibration): string {
  return onTested === undefined
    ? 'All images chose: these figures are of the images that chose, and flatter.'
    : 'Measured on the images that neither fitted temperatures nor chose thresholds.'
}

function thresholdSection(calibration: Calibration): ReportSection {
  const { rows, header } = cascadeTable(calibration)
  const cascade = rows.map((cells) =>
    cells.map((cell, i) => (i === 0 ? `${cell}:` : `${header[i]?.toLowerCase()} ${cell}`)),
  )
  return {
    title: 'Thresholds',
    text: [
      basisOf(calibration),
      ...calibration.warnings.map((warning) => `Note: ${warning}.`),
      ...cascade.map((cells) => `The cascade ${cells[0]} ${cells.slice(1).join(', ')}.`),
      ...boundSentences(calibration.bound),
    ],
    table: exitsTable(calibration),
  }
}

function temperatureSection(calibration: Calibration): ReportSection {
  return {
    title: 'Temperatures',
    text: [
      basisOf(calibration),
      'ECE is the mean gap between confidence and accuracy over 15 bins of equal mass. "Perfect, 95 %" is what perfect calibration would stay below in 95 of 100 sets of this size: an ECE below it is no evidence of a wrong calibration.',
    ],
    table: calibrationTable(calibration),
    charts: calibration.exits.map(reliabilityChart),
  }
}

function reliabilityChart({ name, before, after, temperature }: ExitCalibration): Chart {
  return {
    kind: 'reliability',
    title: `Reliability of ${name}`,
    subtitle: `temperature ${temperature}`,
    xLabel: 'Mean confidence',
    yLabel: 'Accuracy',
    series: [
      { name: 'before', bins: before.bins },
      { name: 'after', bins: after.bins },
    ],
  }
}

function criteriaSection(calibration: Calibration): ReportSection {
  return {
    title: 'Criteria',
    text: [
      'If only the surest share of the images were answered: the share of these that is wrong. A criterion is better the lower its curve, and the area under it (AURC): what orders samples well makes good exits, whatever its calibration.',
    ],
    table: criteriaTable(calibration),
    charts: calibration.exits.map(({ name, riskCoverage }) => ({
      kind: 'lines',
      title: `Risk over coverage of ${name}`,
      xLabel: 'Coverage (%)',
      yLabel: 'Wrong of these (%)',
      xRange: [0, 100],
      series: confidenceNames.map((criterion) => ({
        name: criterion,
        points: riskCoverage[criterion].curve.map(
          ({ coverage, risk }) => [coverage * 100, risk * 100] as const,
        ),
      })),
    })),
  }
}

function sweepSection(calibration: Calibration): ReportSection {
  const { sweep, exits, criterion, onTested, onChosen } = calibration
  const names = exits.map(({ name }) => name)
  const measured = onTested ?? onChosen
  const chart: Chart = {
    kind: 'lines',
    title: 'Accuracy over mean time',
    xLabel: 'Mean time of an image (ms)',
    yLabel: 'Accuracy (%)',
    series: [
      ...confidenceNames.map((name) => ({
        name,
        hasDots: true,
        points: sweep
          .filter((row) => row.criterion === name)
          .map((row) => [row.meanMs, row.accuracy * 100] as const),
      })),
      {
        name: 'chosen',
        hasDots: true,
        points: [[measured.meanMs, measured.accuracy * 100] as const],
      },
    ],
  }
  return {
    title: 'Sweep',
    text: [
      `Settings from the last exit alone to all at the first, each the most accurate of its mean cost on the images that chose (costs: ${calibration.costBasis}). Gain is the last exit's time over the mean time. The table has the chosen criterion, ${criterion}; sweep.csv has all four.`,
    ],
    table: sweepTable(
      sweep.filter((row) => row.criterion === criterion),
      names,
    ),
    charts: exits.length === 1 ? [] : [chart],
    links: [
      { text: 'sweep.csv', href: 'sweep.csv' },
      { text: 'calibration.json', href: 'calibration.json' },
    ],
  }
}
