// How far confidences are from how often they are right: bins, ECE, MCE, Brier score and likelihood. Pure.

/** One sample at one exit: the largest probability, and whether that class is the truth. */
export interface Judged {
  readonly confidence: number
  readonly isRight: boolean
}

/** Samples of like confidence. */
export interface ReliabilityBin {
  /** Mean confidence, 0 to 1. */
  readonly confidence: number
  /** Share that is right. */
  readonly accuracy: number
  readonly count: number
}

/** `mass`: as many samples in each bin; `width`: equal steps of confidence. */
export type BinKind = 'mass' | 'width'

/** The bins of the papers (Guo et al. 2017; equal mass as in Nixon et al. 2019). */
export const binCount = 15

/** Bins by rising confidence; empty ones are left out, and samples whose confidence is no number. */
export function reliabilityBins(
  samples: readonly Judged[],
  kind: BinKind = 'mass',
  count = binCount,
): readonly ReliabilityBin[] {
  const sorted = samples
    .filter(({ confidence }) => !Number.isNaN(confidence))
    .sort((a, b) => a.confidence - b.confidence)
  const confidences = Float64Array.from(sorted, ({ confidence }) => confidence)
  const rights = Float64Array.from(sorted, ({ isRight }) => Number(isRight))
  return binEnds(confidences, kind, count).map((end, i, ends) => {
    const start = ends[i - 1] ?? 0
    const size = end - start
    return {
      confidence: sumOf(confidences, start, end) / size,
      accuracy: sumOf(rights, start, end) / size,
      count: size,
    }
  })
}

/** Where each bin ends, as a place among the sorted confidences; empty bins are left out. */
export function binEnds(sorted: Float64Array, kind: BinKind, count: number): readonly number[] {
  const samples = sorted.length
  const ends: number[] = []
  let at = 0
  for (let bin = 1; bin <= count; bin++) {
    let end = Math.round((bin * samples) / count)
    if (kind === 'width') {
      end = at
      while (end < samples && (bin === count || (sorted[end] as number) <= bin / count)) end++
    }
    if (end > at) ends.push(end)
    at = Math.max(at, end)
  }
  return ends
}

/** Expected calibration error: mean over samples of |accuracy - confidence| of their bin; NaN for none. */
export function ece(bins: readonly ReliabilityBin[]): number {
  const samples = bins.reduce((sum, { count }) => sum + count, 0)
  return bins.reduce(
    (sum, bin) => sum + (bin.count / samples) * gapOf(bin),
    samples === 0 ? NaN : 0,
  )
}

/** Maximum calibration error: the largest gap of a bin; NaN for none. */
export function mce(bins: readonly ReliabilityBin[]): number {
  return bins.length === 0 ? Number.NaN : Math.max(...bins.map(gapOf))
}

/** Brier score of one sample over all classes, 0 to 2. */
export function brierOf(probabilities: ArrayLike<number>, label: number): number {
  let sum = 0
  for (let i = 0; i < probabilities.length; i++) {
    sum += ((probabilities[i] as number) - (i === label ? 1 : 0)) ** 2
  }
  return sum
}

function gapOf({ accuracy, confidence }: ReliabilityBin): number {
  return Math.abs(accuracy - confidence)
}

function sumOf(values: Float64Array, from: number, to: number): number {
  let sum = 0
  for (let i = from; i < to; i++) sum += values[i] as number
  return sum
}
