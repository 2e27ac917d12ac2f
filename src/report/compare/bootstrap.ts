// Differences of percentiles between two runs on the same images, with intervals by a paired bootstrap. Pure; the same
// input gives the same numbers.
import { createRandom } from '../../domain/random.ts'
import { percentile } from '../percentile.ts'

export interface PercentileDifference {
  readonly percent: number
  /** The second run's percentile less the first's, milliseconds. */
  readonly difference: number
  /** Its 95 % interval. */
  readonly low: number
  readonly high: number
}

/** Draws in all, so that 100,000 images take half a second; of few images more resamples than anyone needs. */
const maxDraws = 10e6
const [leastResamples, mostResamples] = [200, 2000] as const

/**
 * Images are drawn with replacement, both times of each together (Efron and Tibshirani 1993, section 8.3); the
 * interval is the middle 95 % of the differences. Empty where there are no images.
 * @param first milliseconds by image
 * @param second of the same images in the same order
 */
export function percentileDifferences(
  first: Float64Array,
  second: Float64Array,
  percents: readonly number[],
): readonly PercentileDifference[] {
  const { length } = first
  if (length === 0) return []
  const resamples = Math.max(leastResamples, Math.min(mostResamples, Math.floor(maxDraws / length)))
  const random = createRandom(length, resamples)
  const [inFirst, inSecond] = [orderOf(first), orderOf(second)]
  const counts = new Uint32Array(length)
  const differences = percents.map(() => new Float64Array(resamples))
  for (let resample = 0; resample < resamples; resample++) {
    counts.fill(0)
    for (let i = 0; i < length; i++) {
      const drawn = Math.floor(random() * length)
      counts[drawn] = (counts[drawn] as number) + 1
    }
    const a = percentilesOf(first, inFirst, counts, percents)
    const b = percentilesOf(second, inSecond, counts, percents)
    for (const [i, own] of differences.entries()) own[resample] = (b[i] ?? 0) - (a[i] ?? 0)
  }
  const [sortedFirst, sortedSecond] = [first.toSorted(), second.toSorted()]
  return percents.map((percent, i) => {
    const own = (differences[i] as Float64Array).sort()
    return {
      percent,
      difference: percentile(sortedSecond, percent) - percentile(sortedFirst, percent),
      low: percentile(own, 2.5),
      high: percentile(own, 97.5),
    }
  })
}

/** Places of the values, the smallest value's first. */
function orderOf(values: Float64Array): Uint32Array {
  return Uint32Array.from(values.keys()).sort(
    (a, b) => (values[a] as number) - (values[b] as number),
  )
}

/** By nearest rank, of a sample that holds each value as often as it was drawn. Percents rise. */
function percentilesOf(
  values: Float64Array,
  order: Uint32Array,
  counts: Uint32Array,
  percents: readonly number[],
): readonly number[] {
  const found: number[] = []
  let seen = 0
  let next = 0
  for (const place of order) {
    seen += counts[place] as number
    while (next < percents.length && seen >= rankOf(percents[next] as number, order.length)) {
      found.push(values[place] as number)
      next++
    }
    if (next === percents.length) break
  }
  return found
}

function rankOf(percent: number, length: number): number {
  return Math.max(1, Math.ceil((percent / 100) * length))
}
