// How sure a measured share is.

/** The two-sided 95 % quantile of the normal distribution. */
const z95 = 1.959963984540054

export interface Share {
  readonly count: number
  readonly of: number
  /** count / of; NaN of none. */
  readonly share: number
  /** Its 95 % interval. */
  readonly low: number
  readonly high: number
}

/**
 * A share with its 95 % Wilson score interval (Wilson 1927; Brown, Cai and DasGupta 2001 recommend it for
 * small samples): it stays in [0, 1] and is never empty at 0 or 1. [0, 1] of none.
 */
export function shareOf(count: number, of: number): Share {
  if (of === 0) return { count, of, share: Number.NaN, low: 0, high: 1 }
  const share = count / of
  const zz = (z95 * z95) / of
  const middle = (share + zz / 2) / (1 + zz)
  const half = (z95 * Math.sqrt((share * (1 - share)) / of + zz / (4 * of))) / (1 + zz)
  // Rounding must not put the ends of 0 and 1 beside them.
  return {
    count,
    of,
    share,
    low: count === 0 ? 0 : middle - half,
    high: count === of ? 1 : middle + half,
  }
}
