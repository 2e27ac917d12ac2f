// A check of a plan as tables and sentences. Pure.
import { describePercent } from '../../../report/describe.ts'
import type { ReportTable } from '../../../report/page/page.ts'
import { differenceOf, wantedWithin, type Compared, type PlanCheck } from './compare.ts'

export function figuresTable({ figures }: PlanCheck): ReportTable {
  return tableOf('Time', figures)
}

export function partsTable({ parts }: PlanCheck): ReportTable {
  return tableOf('Part, mean over all images', parts)
}

/** What a plan that runs, its broker and who asks make of the load themselves. */
const ownLoad = 2

/** Whether the prediction held, and what the difference is made of where it did not. */
export function describeCheck(check: PlanCheck, cores: number): readonly string[] {
  const { figures, parts, samples, predictedShares, measuredShares } = check
  const shares = Object.entries(predictedShares).map(
    ([tier, share]) =>
      `${tier} ${describePercent(share)} predicted, ${describePercent(measuredShares[tier] ?? Number.NaN)} measured`,
  )
  const lines = [
    `${samples} images, one after the other, all places at this machine's speed, a hop of ${check.hopMs.toFixed(1)} ms without links meanwhile. Left: ${shares.join('; ')}. Accuracy ${describePercent(check.predictedAccuracy)} predicted, ${describePercent(check.measuredAccuracy)} measured.`,
  ]
  if (check.load > cores + ownLoad) {
    lines.push(
      `The machine was busy with other work (load ${check.load.toFixed(1)} on ${cores} cores): these times say little.`,
    )
  }
  const mean = figures.find(({ name }) => name === 'mean')
  if (mean === undefined) return lines
  const difference = differenceOf(mean)
  const words = `The mean is ${describePercent(Math.abs(difference))} ${difference > 0 ? 'above' : 'below'} the prediction`
  if (Math.abs(difference) <= wantedWithin) return [...lines, `${words}.`]
  const gaps = parts
    .map((part) => ({ name: part.name, ms: part.measuredMs - part.predictedMs }))
    .toSorted((a, b) => Math.abs(b.ms) - Math.abs(a.ms))
    .slice(0, 3)
    .map(({ name, ms }) => `${name} ${ms > 0 ? '+' : ''}${ms.toFixed(1)} ms`)
  return [...lines, `${words}, more than ${describePercent(wantedWithin, 0)}: ${gaps.join(', ')}.`]
}

function tableOf(title: string, rows: readonly Compared[]): ReportTable {
  return {
    header: [title, 'Predicted', 'Measured', 'Difference'],
    rows: rows.map((row) => [
      row.name,
      describe(row.predictedMs),
      describe(row.measuredMs),
      describeDifference(differenceOf(row)),
    ]),
  }
}

function describe(ms: number): string {
  return Number.isFinite(ms) ? `${ms.toFixed(1)} ms` : '-'
}

function describeDifference(difference: number): string {
  if (!Number.isFinite(difference)) return '-'
  return `${difference > 0 ? '+' : ''}${describePercent(difference)}`
}
