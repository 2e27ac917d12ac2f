// Figures of a report as words: shares with their intervals, differences in points, kinds of changes. Pure.
import type { Share } from '../../domain/share.ts'
import { describeMs, describePercent } from '../describe.ts'
import type { PercentileDifference } from './bootstrap.ts'
import type { ChangeKind, Said } from './changes.ts'
import type { Difference } from './compare-runs.ts'
import type { RunFigures } from './measure-run.ts'

/** '86.7 % (75.8 to 93.1)'. */
export function describeShare(share: Share | undefined): string {
  if (share === undefined || share.of === 0) return '-'
  return `${describePercent(share.share)} (${percents(share.low)} to ${percents(share.high)})`
}

/** The same, or '22.8 to 81.0 %' where the file tells no more. */
export function describeAccuracy({ accuracy, accuracyRange }: RunFigures): string {
  if (accuracyRange === undefined) return describeShare(accuracy)
  return `${percents(accuracyRange.low)} to ${percents(accuracyRange.high)} %`
}

/** '+1.7 (-3.8 to +7.1)', in points of a hundred. */
export function describeDifference(difference: Difference | undefined): string {
  if (difference === undefined || !Number.isFinite(difference.difference)) return '-'
  const { difference: value, low, high } = difference
  return `${points(value)} (${points(low)} to ${points(high)})`
}

/** 'p = 0.03'; '-' where images are not matched. */
export function describeP(difference: Difference | undefined): string {
  const p = difference?.paired?.p
  if (p === undefined) return '-'
  return p < 0.001 ? '< 0.001' : p.toFixed(p < 0.1 ? 3 : 2)
}

/** '+43.4 ms (+36.6 ms to +115 ms)'. */
export function describeMsDifference({ difference, low, high }: PercentileDifference): string {
  return `${signedMs(difference)} (${signedMs(low)} to ${signedMs(high)})`
}

export const changeWords: Readonly<Record<ChangeKind | 'same', string>> = {
  'right-to-wrong': 'Right, now wrong',
  lost: 'Answered, now without an answer',
  'wrong-to-right': 'Wrong, now right',
  found: 'Without an answer, now answered',
  'other-wrong': 'Wrong in another way',
  'other-answer': 'Another answer, truth not known',
  'other-exit': 'Same answer, from another exit',
  same: 'Nothing changed',
}

/** 'tulips at edge, 0.912'. */
export function describeSaid({ answer, exit, confidence, error }: Said): string {
  if (exit === undefined) return error === '' ? 'no answer' : error
  const sure = confidence === undefined ? '' : `, ${confidence.toFixed(3)}`
  return `${answer ?? 'an answer'} at ${exit}${sure}`
}

function percents(share: number): string {
  return (share * 100).toFixed(1)
}

function points(share: number): string {
  const text = (share * 100).toFixed(1)
  return share > 0 && text !== '0.0' ? `+${text}` : text.replace(/^-0\.0$/, '0.0')
}

function signedMs(ms: number): string {
  return ms < 0 ? `-${describeMs(-ms)}` : `+${describeMs(ms)}`
}
