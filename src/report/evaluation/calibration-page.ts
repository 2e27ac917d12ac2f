// A calibration as a page: what came out beside what was, the sweep, reliability, risk over coverage.
import type { ReportPage, ReportSection } from '../page/page.ts'
import { describeMs, describePercent } from '../describe.ts'
import type { Headline } from '../page/document.ts'
import type { Chart } from '../plot/plot.ts'
import type { CascadeMeasure } from '../../lab/evaluation/measure-cascade.ts'
import type { Calibration } from '../../lab/evaluation/calibrate.ts'
import type { CodecChoice } from '../../lab/evaluation/choose-codec.ts'
import type { ExitCalibration } from '../../lab/evaluation/calibrate-exits.ts'
import { criteriaSection } from './criteria-section.ts'
import { memoryNote, memoryTable } from './memory-section.ts'
import { boundSentences, exitBoundsNote, exitBoundsTable, pathTable } from './risk-tables.ts'
import { sweepSections } from './sweep-section.ts'
import {
  basisOf,
  beforeTable,
  calibrationTable,
  candidatesTable,
  cascadeTable,
  codecsOfFolds,
  exitsTable,
  pointsOf,
  ruleOf,
  thresholdAt,
} from './calibration-tables.ts'

/** The page; `provenance` is what the command knows: models, input, date, machine. */
export function calibrationPage(
  calibration: Calibration,
  provenance: ReportPage['provenance'],
  choice: CodecChoice,
): ReportPage {
  const { goal, criterion, exits } = calibration
  const own = exits.map(({ name, criterion: by }) => `${name} ${by}`)
  return {
    title: 'Calibration',
    lead: leadOf(calibration),
    headline: headlineOf(calibration),
    provenance: [
      ...provenance,
      ['Goal', goal],
      ['Criterion', criterion === 'mixed' ? own.join(', ') : criterion],
    ],
    sections: [
      ...beforeSections(calibration),
      ...sweepSections(calibration),
      ...thresholdSections(calibration),
      temperatureSection(calibration),
      criteriaSection(calibration),
      ...memorySections(calibration),
      ...codecSections(choice),
    ],
  }
}

/** The result in words. */
function leadOf(calibration: Calibration): readonly string[] {
  const { goal, criterion, exits, thresholds, bound } = calibration
  const isMixed = criterion === 'mixed'
  const rules = thresholds.map((_, exit) => {
    const rule = isMixed ? ruleOf(calibration, exit) : thresholdAt(calibration, exit)
    return `${exits[exit]?.name ?? ''} ${rule}`
  })
  const by = isMixed ? 'Thresholds' : `By ${criterion}`
  const chosen = rules.length === 0 ? [] : [`${by}: ${rules.join(', ')}.`]
  return [`Goal: ${goal}. ${chosen.join('')}`.trim(), ...boundSentences(bound).slice(0, 1)]
}

function headlineOf(calibration: Calibration): readonly Headline[] {
  const { before, exits } = calibration
  const now = calibration.onTested ?? calibration.onChosen
  const earlyOf = ({ shares }: CascadeMeasure) => 1 - (shares.at(-1) ?? 0)
  const was = (textOf: (measure: CascadeMeasure) => string) =>
    before === undefined ? undefined : `before: ${textOf(before.measure)}`
  const accuracy: Headline = {
    name: exits.length === 1 ? 'Accuracy' : 'Accuracy of the cascade',
    value: describePercent(now.accuracy),
    note: was((measure) => describePercent(measure.accuracy)),
  }
  if (exits.length === 1) return [accuracy, eceOf(calibration)]
  return [
    accuracy,
    {
      name: 'Loss to the last exit',
      value: pointsOf(now.loss),
      note: was((measure) => pointsOf(measure.loss)),
    },
    {
      name: 'Leave before the last exit',
      value: describePercent(earlyOf(now)),
      note: was((measure) => describePercent(earlyOf(measure))),
    },
    {
      name: 'Mean time of an image',
      value: describeMs(now.meanMs),
      note: was((measure) => describeMs(measure.meanMs)),
    },
  ]
}

/** Of the only exit: what its temperature is worth. */
function eceOf({ exits: [exit] }: Calibration): Headline {
  const text = (ece: number | undefined) => describePercent(ece ?? Number.NaN, 2)
  return { name: 'ECE', value: text(exit?.after.ece), note: `before: ${text(exit?.before.ece)}` }
}

function beforeSections(calibration: Calibration): readonly ReportSection[] {
  const table = beforeTable(calibration)
  if (table === undefined || calibration.before === undefined) return []
  const how = calibration.before.isCalibrated
    ? 'Before is what the manifests said until now.'
    : 'No manifest named a temperature or a threshold: before is the default.'
  return [{ title: 'Before and now', text: [how, basisOf(calibration)], table }]
}

function memorySections(calibration: Calibration): readonly ReportSection[] {
  const table = memoryTable(calibration)
  return table === undefined ? [] : [{ title: 'Memory of exits', text: [memoryNote], table }]
}

function codecSections({
  codec,
  candidates,
  ofFolds,
  calibration,
}: CodecChoice): readonly ReportSection[] {
  if (candidates.length === 0) return []
  const folds = codecsOfFolds(calibration, ofFolds)
  return [
    {
      title: 'Codec of features',
      text: [
        'Each form of features by its smallest codec, with thresholds of its own. A loss is that to float32: by the cascade, and by the exit behind a link that loses most. Bytes are whole frames over all links, of a mean image. All of it is of the images that choose, under thresholds for the goal as measured there.',
        ...(folds === undefined ? [] : [`${folds}.`]),
      ],
      table: candidatesTable(candidates, codec),
    },
  ]
}

function thresholdSections(calibration: Calibration): readonly ReportSection[] {
  return [
    {
      title: 'The cascade',
      text: [
        ...calibration.warnings.map((warning) => `Note: ${warning}.`),
        ...boundSentences(calibration.bound),
      ],
      table: cascadeTable(calibration),
    },
    ...riskSections(calibration),
    { title: 'Exits', text: [basisOf(calibration)], table: exitsTable(calibration) },
  ]
}

/** What an exit promises to those that leave there, and the settings that tiers may move along. */
function riskSections({ bound, exits, path, onTested }: Calibration): readonly ReportSection[] {
  const names = exits.map(({ name }) => name)
  const table = exitBoundsTable(bound, names)
  const measured = onTested === undefined ? 'on the images that chose' : 'on those that did not'
  const hold = 'Bounds of all points hold at once (Bonferroni).'
  return [
    ...(bound === undefined || table === undefined
      ? []
      : [{ title: 'Those that leave early', text: [exitBoundsNote(bound)], table }]),
    ...(path === undefined
      ? []
      : [
          {
            title: 'From the safest to the cheapest',
            text: [
              `Settings that the manifests keep, for --path-position: picked on the images that chose, measured ${measured}.${onTested === undefined ? '' : ` ${hold}`}`,
            ],
            table: pathTable(path, names),
            isFolded: true,
          },
        ]),
  ]
}

function temperatureSection(calibration: Calibration): ReportSection {
  return {
    title: 'Temperatures',
    text: [
      basisOf(calibration),
      'ECE is the mean gap between confidence and accuracy over 15 bins of equal mass. "Perfect, 95 %" is what perfect calibration would stay below in 95 of 100 sets of this size: an ECE below it is no evidence of a wrong calibration.',
    ],
    table: calibrationTable(calibration),
    charts: calibration.exits.map((exit, place) => reliabilityChart(exit, place, calibration)),
  }
}

function reliabilityChart(
  { name, before, after }: ExitCalibration,
  place: number,
  calibration: Calibration,
): Chart {
  const was = calibration.before?.isCalibrated === true ? 'by the manifest' : 'before'
  return {
    kind: 'reliability',
    title: `Reliability of ${name}`,
    subtitle: `temperature ${before.temperature} before, ${after.temperature} now`,
    xLabel: 'Mean confidence',
    yLabel: 'Accuracy',
    series: [
      { name: was, bins: before.bins, paint: 'soft-ink' },
      { name: 'now', bins: after.bins, paint: place },
    ],
  }
}
