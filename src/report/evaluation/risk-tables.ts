// What is proved of a cascade's risk in words and tables, and the path of its settings: of a calibration and of an evaluation.
import type { ThresholdPath } from '../../domain/threshold-path.ts'
import type { Evaluation } from '../../lab/evaluation/evaluate-scores.ts'
import type { RiskBound, RiskFigures } from '../../lab/evaluation/risk-bound.ts'
import { describePercent } from '../describe.ts'
import type { ReportTable } from '../page/page.ts'
import { pointsOf, rounded } from './calibration-tables.ts'

/** What is proved, and with how many samples more would be. */
export function boundSentences(bound: RiskBound | undefined): readonly string[] {
  if (bound === undefined) {
    return [
      'No bound: all images chose, so none are left that could prove one (--fit-share, --folds, --test-input).',
    ]
  }
  const { limit, samplesWithoutErrors, samplesAsObserved, folds } = bound
  const first = [folds === undefined ? ofOthers(bound, 'that did not choose') : ofFolds(bound)]
  if (limit === undefined) return first
  if (bound.of === 'net') {
    return [
      ...first,
      `To prove ${pointsOf(limit)}, ${count(samplesWithoutErrors)} images are needed on which early exits turn no answer from right to wrong or back, more where they do.`,
    ]
  }
  const without = `${count(samplesWithoutErrors)} images without such an error`
  const observed =
    samplesAsObserved === Infinity
      ? `no number of images proves it at the rate observed, ${pointsOf(bound.observed)}`
      : `${count(samplesAsObserved)} at the rate observed, ${pointsOf(bound.observed)}`
  return [...first, `To prove ${pointsOf(limit)}, ${without} are needed; ${observed}.`]
}

/** Of an evaluation; none where there is nothing to be held against. */
export function riskSentences({
  risk,
  isCalibratedOnThese,
}: Pick<Evaluation, 'risk' | 'isCalibratedOnThese'>): readonly string[] {
  if (risk === undefined) return []
  if (isCalibratedOnThese) {
    return [
      'These images calibrated the models: nothing is proved by them, and their figures may flatter.',
    ]
  }
  return [`If these images chose nothing of the models: ${lowered(ofOthers(risk, 'here'))}`]
}

function lowered(sentence: string): string {
  return sentence.slice(0, 1).toLowerCase() + sentence.slice(1)
}

/** `which`: 'that did not choose'. */
function ofOthers(figures: RiskFigures & Partial<RiskBound>, which: string): string {
  const images = `${count(figures.samples)} images ${which}`
  if (figures.of === 'net') return `${atMostLost(figures)} (${pairs(figures)} of ${images}).`
  const risk = `${atMost(figures)} (${figures.harmed} of ${images})`
  // A limit that was tested for is the bound of both.
  if (figures.by === 'fixed-sequence') return `${risk}: so much accuracy can be lost at the most.`
  return `${risk}. ${figures.gained} are put right where it is wrong: accuracy is at most ${pointsOf(figures.net.bound)} below its own, by a bound of its own.`
}

function ofFolds(bound: RiskBound): string {
  const { harmed, samples, folds } = bound
  const seen = bound.of === 'net' ? pairs(bound) : String(harmed)
  const strict = pointsOf(folds?.strictBound ?? 1)
  return `${bound.of === 'net' ? atMostLost(bound) : atMost(bound)} (${seen} of ${count(samples)} images, each under thresholds that the other ${(folds?.count ?? 1) - 1} of ${folds?.count ?? 1} folds chose). It is of the folds' settings on average, as if folds were independent; ${strict} hold without that.`
}

/** Of accuracy itself. */
function atMostLost({ confidence, net }: RiskFigures): string {
  return `At confidence ${confidence}, accuracy on samples like these is at most ${pointsOf(net.bound)} below the last exit's`
}

function pairs({ harmed, gained }: RiskFigures): string {
  return `${harmed} answered wrong where it is right, ${gained} right where it is wrong,`
}

function atMost({ confidence, bound }: RiskFigures): string {
  return `At confidence ${confidence}, at most ${pointsOf(bound)} of samples like these are answered wrong where the last exit is right`
}

/** A row an early exit: what it is worth to those that leave there. Undefined where none does. */
export function exitBoundsTable(
  figures: RiskFigures | undefined,
  names: readonly string[],
): ReportTable | undefined {
  if (figures === undefined || figures.exits.length === 0) return undefined
  const cells = ({ left, harmed, bound }: RiskFigures['exits'][number]['leftBy']) => [
    `${harmed} of ${left.toLocaleString('en')}`,
    describePercent(bound, 2),
  ]
  return {
    header: [
      'Exit',
      'Harmed of those left by it',
      'at most',
      'of those left just there',
      'at most',
    ],
    rows: figures.exits.map(({ exit, leftBy, leftAt }) => [
      names[exit] ?? '',
      ...cells(leftBy),
      ...cells(leftAt),
    ]),
    keys: figures.exits.map(({ exit }) => exit),
  }
}

/** What the table of exits holds for. */
export function exitBoundsNote(figures: RiskFigures & Partial<RiskBound>): string {
  const at = `${figures.claims === 1 ? 'It holds' : `All ${figures.claims} hold at once`} at confidence ${figures.confidence}`
  if (figures.areExitsProved === false) {
    return `Harmed is wrong where the last exit is right. These images chose how far along the path to go, so what is not at the limit is an estimate; --loss-among left-by or left-at proves it, and so does ddnn evaluate on images that chose nothing.`
  }
  if (figures.by === 'fixed-sequence') {
    return 'Harmed is wrong where the last exit is right. The limit holds for all exits at once.'
  }
  const folds = figures.by === 'cross-fitting' ? ', as if folds were independent' : ''
  return `Harmed is wrong where the last exit is right. ${at} (Bonferroni)${folds}.`
}

/** A row a point, the chosen one marked. */
export function pathTable(
  { points, chosen }: ThresholdPath,
  names: readonly string[],
): ReportTable {
  const hasBound = points.some(({ bound }) => bound !== undefined)
  return {
    header: [
      'Position',
      ...names.slice(0, -1),
      'Accuracy',
      'Loss',
      ...(hasBound ? ['at most'] : []),
      ...names.map((name) => `leave at ${name}`),
      'Cost',
    ],
    rows: points.map(({ thresholds, accuracy, loss, bound, leave, cost }, i) => [
      `${positionOf(i, points.length)}${i === chosen ? ', chosen' : ''}`,
      ...thresholds.map((value) => (value === null ? 'none' : rounded(value))),
      describePercent(accuracy, 2),
      pointsOf(loss),
      ...(hasBound ? [pointsOf(bound ?? Number.NaN)] : []),
      ...leave.map((share) => describePercent(share)),
      describePercent(cost),
    ]),
    marked: [chosen],
  }
}

/** As `--path-position` takes it: rounded up, since what lies below a point is the one before (pointAt). */
function positionOf(point: number, points: number): string {
  const position = point / Math.max(1, points - 1)
  return (Math.ceil(position * 1000 - 1e-9) / 1000).toFixed(3)
}

function count(samples: number | undefined): string {
  if (samples === undefined) return '-'
  return samples === Infinity ? 'endlessly many' : samples.toLocaleString('en')
}
