// How sure a difference between the shares of two runs is: on the same images, and on others. Pure.
import { binomialCdf } from '../../domain/binomial.ts'
import type { Share } from '../../domain/share.ts'

/** The two-sided 95 % quantile of the normal distribution. */
const z95 = 1.959963984540054

/** The second share less the first, of things that are so or not in both runs. */
export interface PairedDifference {
  /** Images that both runs tell. */
  readonly of: number
  /** So in the first run alone, as right in it and wrong in the other; and in the second alone. */
  readonly onlyFirst: number
  readonly onlySecond: number
  /** (onlySecond - onlyFirst) / of, -1 to 1; NaN of none. */
  readonly difference: number
  /** Its 95 % interval. */
  readonly low: number
  readonly high: number
  /** McNemar's exact test: how often chance alone would give as much or more; 1 where nothing differs. */
  readonly p: number
}

/**
 * Interval: Wald's with the adjustment of Bonett and Price (2012), which Fagerland, Lydersen and Laake (2014) recommend
 * for paired shares: one image more of each kind that differs. Test: McNemar's, exact and two-sided, by the binomial
 * distribution of what differs.
 */
export function pairedDifference(
  onlyFirst: number,
  onlySecond: number,
  of: number,
): PairedDifference {
  const counts = { of, onlyFirst, onlySecond }
  if (of === 0) return { ...counts, difference: Number.NaN, low: -1, high: 1, p: 1 }
  const [first, second] = [(onlyFirst + 1) / (of + 2), (onlySecond + 1) / (of + 2)]
  const middle = second - first
  const half = z95 * Math.sqrt((first + second - middle * middle) / (of + 2))
  const differ = onlyFirst + onlySecond
  return {
    ...counts,
    difference: (onlySecond - onlyFirst) / of,
    low: Math.max(-1, middle - half),
    high: Math.min(1, middle + half),
    p:
      differ === 0 ? 1 : Math.min(1, 2 * binomialCdf(Math.min(onlyFirst, onlySecond), differ, 0.5)),
  }
}

/**
 * The second share less the first, of two samples that have nothing to do with each other, with the 95 % interval that
 * Newcombe (1998, method 10) makes of their Wilson intervals. NaN in [-1, 1] where a sample is of none.
 */
export function independentDifference(
  first: Share,
  second: Share,
): Pick<PairedDifference, 'difference' | 'low' | 'high'> {
  const difference = second.share - first.share
  if (Number.isNaN(difference)) return { difference, low: -1, high: 1 }
  const below = Math.hypot(second.share - second.low, first.high - first.share)
  const above = Math.hypot(second.high - second.share, first.share - first.low)
  return { difference, low: difference - below, high: difference + above }
}
