// A calibration as tables and sentences, for stdout and for the page.
import { describeBytes, describeMs, describePercent } from '../describe.ts'
import type { ReportTable } from '../page/page.ts'
import { neverOf } from '../../domain/leaves.ts'
import type { FeatureCodec } from '../../domain/feature-codec.ts'
import type { BeforeCalibration } from '../../lab/evaluation/before-calibration.ts'
import type { Calibration } from '../../lab/evaluation/calibrate.ts'
import type { CodecCandidate } from '../../lab/evaluation/choose-codec.ts'
import type { CascadeMeasure } from '../../lab/evaluation/measure-cascade.ts'

/** A row an exit: what is written, and what the temperature did. */
export function exitsTable(calibration: Calibration): ReportTable {
  const { exits, criterion, onChosen, onTested } = calibration
  const isMixed = criterion === 'mixed'
  const { shares } = onTested ?? onChosen
  return {
    header: [
      'Exit',
      'Accuracy',
      'Temperature',
      'ECE before',
      'after',
      'perfect, 95 %',
      isMixed ? 'Threshold' : `Threshold (${criterion})`,
      'Leave here',
    ],
    rows: exits.map(({ name, accuracy, before, after, perfectEce }, exit) => [
      name,
      describePercent(accuracy),
      String(after.temperature),
      describePercent(before.ece, 2),
      describePercent(after.ece, 2),
      describePercent(perfectEce, 2),
      isMixed ? ruleOf(calibration, exit) : thresholdAt(calibration, exit),
      describePercent(shares[exit] ?? Number.NaN),
    ]),
    keys: exits.map((_, exit) => exit),
  }
}

/** A row a set of samples: those that chose, and those that did not; and what was before on the latter, if any. */
export function cascadeTable(calibration: Calibration): ReportTable {
  const { before, onChosen, onTested, crossValidated, folds } = calibration
  const row = (name: string, measure: CascadeMeasure) => [
    name,
    String(measure.samples),
    describePercent(measure.accuracy, 2),
    describePercent(measure.lastAccuracy, 2),
    pointsOf(measure.loss),
    describePercent(measure.harmed, 2),
    describeMs(measure.meanMs),
    describeMs(measure.p95Ms),
  ]
  return {
    header: [
      'The cascade',
      'Images',
      'Accuracy',
      'Last exit',
      'Loss',
      'Wrong where last is right',
      'Mean time',
      'p95',
    ],
    rows: [
      ...(before === undefined ? [] : [row(`before: ${nameOfBefore(before)}`, before.measure)]),
      row('on images that chose', onChosen),
      ...(onTested === undefined ? [] : [row('on images that did not', onTested)]),
      ...(crossValidated === undefined
        ? []
        : [row(`cross-fitted, ${folds ?? 0} folds`, crossValidated)]),
    ],
  }
}

/** A row a form of features, by its smallest codec, with thresholds of its own. */
export function candidatesTable(
  candidates: readonly CodecCandidate[],
  chosen: FeatureCodec,
): ReportTable {
  return {
    header: ['Codec of features', 'Bytes an image', 'The cascade', 'Loss', 'Most of an exit', ''],
    rows: candidates.map(({ codec, bytes, measured, cascadeLoss, exitLoss, isAllowed }) => [
      codec,
      describeBytes(bytes),
      describePercent(measured.accuracy, 2),
      pointsOf(cascadeLoss),
      pointsOf(exitLoss),
      codec === chosen ? 'chosen' : isAllowed ? '' : 'loses too much',
    ]),
  }
}

/** By which codecs the folds were measured; undefined where none were, or none was chosen. */
export function codecsOfFolds(
  { bound, crossValidated }: Calibration,
  ofFolds: readonly FeatureCodec[],
): string | undefined {
  if (ofFolds.length === 0 || crossValidated === undefined) return undefined
  const each = [...new Set(ofFolds)].map(
    (codec) => `${codec} in ${ofFolds.filter((own) => own === codec).length}`,
  )
  const what = bound === undefined ? 'the cross-fitted line' : 'the bound'
  return `Each fold was measured by the codec that the other folds chose, ${each.join(', ')} of ${ofFolds.length}: ${what} holds for these on average`
}

/** Which samples the figures of a section are of. */
export function basisOf({ onTested }: Calibration): string {
  return onTested === undefined
    ? 'All images chose: these figures are of the images that chose, and flatter.'
    : 'Measured on the images that neither fitted temperatures nor chose thresholds.'
}

/** 'by the manifests' */
function nameOfBefore({ isCalibrated }: BeforeCalibration): string {
  return isCalibrated ? 'by the manifests' : 'by default'
}

/** A row an exit, and one for the cascade: what was, and what is. Undefined where nobody said what was. */
export function beforeTable(calibration: Calibration): ReportTable | undefined {
  const { before, exits, onChosen, onTested } = calibration
  if (before === undefined) return undefined
  const [was, is] = [before.measure, onTested ?? onChosen]
  const shareOf = ({ shares }: CascadeMeasure, exit: number) =>
    describePercent(shares[exit] ?? Number.NaN)
  const wholeOf = ({ accuracy, meanMs }: CascadeMeasure) =>
    `${describePercent(accuracy, 2)} right, ${describeMs(meanMs)}`
  return {
    header: ['Exit', 'Leaves at, before', 'now', 'Leave here, before', 'now'],
    rows: [
      ...exits.map(({ name }, exit) => {
        const rule = before.rules[exit]
        const isLast = exit === exits.length - 1
        return [
          name,
          isLast || rule === undefined
            ? 'takes the rest'
            : `${rule.confidence} ${thresholdOf(rule.threshold, neverOf(rule.confidence))}`,
          ruleOf(calibration, exit),
          shareOf(was, exit),
          shareOf(is, exit),
        ]
      }),
      ['the cascade', wholeOf(was), wholeOf(is), '', ''],
    ],
    keys: exits.map((_, exit) => exit),
    marked: [exits.length],
  }
}

/** All figures of the temperatures. */
export function calibrationTable({ exits }: Calibration): ReportTable {
  return {
    header: [
      'Exit',
      'Temperature',
      'ECE',
      'perfect, 95 %',
      'ECE, equal width',
      'MCE',
      'NLL',
      'Brier',
    ],
    rows: exits.flatMap(({ name, before, after, perfectEce }) =>
      [before, after].map((figures) => [
        `${name}, ${figures === after ? 'now' : 'before'}`,
        String(figures.temperature),
        describePercent(figures.ece, 2),
        figures === after ? describePercent(perfectEce, 2) : '',
        describePercent(figures.eceEqualWidth, 2),
        describePercent(figures.mce),
        figures.nll.toFixed(4),
        figures.brier.toFixed(4),
      ]),
    ),
  }
}

/** 'margin 0.83' */
export function ruleOf(calibration: Calibration, exit: number): string {
  const threshold = thresholdAt(calibration, exit)
  if (calibration.thresholds[exit] === undefined) return threshold
  return `${calibration.exits[exit]?.criterion ?? ''} ${threshold}`
}

/** Of one exit, by its own criterion. */
export function thresholdAt({ exits, thresholds }: Calibration, exit: number): string {
  return thresholdOf(thresholds[exit], neverOf(exits[exit]?.criterion ?? 'softmax'))
}

/** '0.83'; of one that none reaches, in words; undefined takes the rest. */
function thresholdOf(threshold: number | undefined, never: number): string {
  if (threshold === undefined) return 'takes the rest'
  return threshold >= never ? 'lets none leave' : rounded(threshold)
}

/** Six digits, which tell thresholds apart; all of one that would be 1, which almost none reach. */
export function rounded(threshold: number): string {
  const shown = Number(threshold.toPrecision(6))
  return String(shown === 1 ? threshold : shown)
}

/** '0.42 points'; of a share of samples, as accuracies are compared. */
export function pointsOf(share: number): string {
  return Number.isFinite(share) ? `${(share * 100).toFixed(2)} points` : '-'
}
