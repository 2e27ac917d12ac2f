// How the criteria of each exit tell right answers from wrong ones, which one it leaves by, and why: for stdout and the page.
import { confidenceNames, isProbability, type ConfidenceName } from '../../domain/confidence.ts'
import type { Calibration } from '../../lab/evaluation/calibrate.ts'
import type { ExitCalibration } from '../../lab/evaluation/calibrate-exits.ts'
import { describePercent } from '../describe.ts'
import type { ReportSection, ReportTable } from '../page/page.ts'

/** Of each criterion, beyond the colours of the first exits; 'mixed' is drawn where no exit is. */
export const criterionPaints: Readonly<Record<ConfidenceName | 'mixed', number>> = {
  softmax: 3,
  entropy: 5,
  margin: 4,
  raw: 7,
  learned: 6,
  mixed: 2,
}

/** A row a criterion of each exit, an exit's own marked: how well it tells right from wrong, and how far off it is. */
export function criteriaTable({ exits }: Calibration): ReportTable {
  const pairs = exits.flatMap((exit, place) =>
    confidenceNames.map((name, i) => ({ exit, place, name, isFirst: i === 0 })),
  )
  return {
    header: ['Exit', 'Criterion', 'AURC x 1000', 'above the least', 'AUROC', 'ECE', ''],
    rows: pairs.map(({ exit, name, isFirst }) => {
      const { aurc, excess, auroc, ece } = exit.riskCoverage[name]
      return [
        isFirst ? exit.name : '',
        name,
        thousandths(aurc),
        thousandths(excess),
        describePercent(auroc),
        isProbability(name) ? describePercent(ece ?? Number.NaN, 2) : '',
        name === exit.criterion ? 'its own' : '',
      ]
    }),
    keys: pairs.map(({ place, isFirst }) => (isFirst ? place : undefined)),
    marked: pairs.flatMap(({ exit, name }, row) => (name === exit.criterion ? [row] : [])),
  }
}

/** Which criterion each exit leaves by, and why: a sentence for what was asked, or one an exit. */
export function criterionSentences({ wanted, exits }: Calibration): readonly string[] {
  const deciding = exits.length > 1 ? exits.slice(0, -1) : exits
  if (wanted === 'best') return deciding.map(rankedSentence)
  const better = deciding.filter(({ ranking }) => ranking.best !== wanted)
  const asked = `Exits leave by ${wanted}, as asked.`
  if (better.length === 0) {
    return [`${asked} On the images that chose, it is what --criterion best would take.`]
  }
  const others = better.map(
    ({ name, ranking }) => `${ranking.best} at ${name} (${areasOf(ranking, ranking.best, wanted)})`,
  )
  return [
    `${asked} By how right answers stand above wrong ones on the images that chose, --criterion best would take ${others.join(', ')}.`,
  ]
}

function rankedSentence({ name, criterion, ranking }: ExitCalibration): string {
  const leaves = `${name} leaves by ${criterion}: on the images that chose`
  if (criterion === 'softmax') {
    return `${leaves} no criterion tells right answers from wrong ones better.`
  }
  const { gain, gainError } = ranking
  const doubt = gain < gainError ? ', so it may be chance' : ''
  return `${leaves} it tells right answers from wrong ones best (${areasOf(ranking, criterion, 'softmax')}; standard error of the difference ${thousandths(gainError, 2)}${doubt}).`
}

/** 'AURC x 1000 of 18.21, softmax 20.14' */
function areasOf(
  { aurc }: ExitCalibration['ranking'],
  one: ConfidenceName,
  other: ConfidenceName,
): string {
  return `AURC x 1000 of ${thousandths(aurc[one], 2)}, ${other} ${thousandths(aurc[other], 2)}`
}

export function criteriaSection(calibration: Calibration): ReportSection {
  return {
    title: 'Criteria',
    text: [
      ...criterionSentences(calibration),
      'What an exit leaves by has to put its right answers above its wrong ones. AURC is the share of wrong answers among the surest images, over all shares of them: lower is better, and "above the least" is what a perfect order would take off. AUROC is the chance that a right answer is surer than a wrong one, 50 % where the order says nothing. ECE says how far a probability is from how often it is right, and nothing of the order.',
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
        paint: criterionPaints[criterion],
        points: riskCoverage[criterion].curve.map(
          ({ coverage, risk }) => [coverage * 100, risk * 100] as const,
        ),
      })),
    })),
  }
}

function thousandths(value: number, decimals = 1): string {
  return Number.isFinite(value) ? (value * 1000).toFixed(decimals) : '-'
}
