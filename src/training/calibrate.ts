// A temperature and a threshold for each exit, from logits on validation images. Pure functions.
import { argmax, softmax } from '../domain/confidence.ts'

/** Logits of one sample at one exit, and its label. */
export interface Scored {
  readonly logits: ArrayLike<number>
  readonly label: number
}

/** Mean negative log-likelihood of the labels at this temperature. */
export function meanNll(samples: readonly Scored[], temperature: number): number {
  let sum = 0
  for (const { logits, label } of samples) {
    sum -= Math.log(Math.max(softmax(logits, temperature)[label] as number, 1e-12))
  }
  return sum / samples.length
}

/**
 * The temperature with the least negative log-likelihood (Guo et al. 2017), by golden-section search over
 * its logarithm, between 0.05 and 20.
 */
export function fitTemperature(samples: readonly Scored[]): number {
  if (samples.length === 0) return 1
  const golden = (Math.sqrt(5) - 1) / 2
  const at = (x: number) => meanNll(samples, Math.exp(x))
  let low = Math.log(0.05)
  let high = Math.log(20)
  let left = high - golden * (high - low)
  let right = low + golden * (high - low)
  let leftNll = at(left)
  let rightNll = at(right)
  while (high - low > 1e-4) {
    if (leftNll <= rightNll) {
      high = right
      right = left
      rightNll = leftNll
      left = high - golden * (high - low)
      leftNll = at(left)
    } else {
      low = left
      left = right
      leftNll = rightNll
      right = low + golden * (high - low)
      rightNll = at(right)
    }
  }
  return Math.exp((low + high) / 2)
}

/** One sample as the cascade sees it: confidence and rightness at each exit. */
export interface CascadeSample {
  readonly confidences: readonly number[]
  readonly isRight: readonly boolean[]
}

/** What a cascade does on a set of samples. */
export interface CascadeMeans {
  readonly accuracy: number
  /** Share of the samples that leave at each exit; sums to 1. */
  readonly shares: readonly number[]
}

/** Confidence (softmax at the exit's temperature) and rightness of one sample at every exit. */
export function toCascadeSample(
  logits: readonly ArrayLike<number>[],
  label: number,
  temperatures: readonly number[],
): CascadeSample {
  return {
    confidences: logits.map((values, i) => Math.max(...softmax(values, temperatures[i] ?? 1))),
    isRight: logits.map((values) => argmax(values) === label),
  }
}

/** Runs the cascade: each sample leaves at the first exit at or above its threshold, else at the last. */
export function runCascade(
  samples: readonly CascadeSample[],
  thresholds: readonly number[],
): CascadeMeans {
  const shares = new Array<number>(thresholds.length + 1).fill(0)
  let right = 0
  for (const { confidences, isRight } of samples) {
    let exit = 0
    while (exit < thresholds.length && (confidences[exit] ?? 0) < (thresholds[exit] ?? 0)) exit++
    shares[exit] = (shares[exit] ?? 0) + 1
    if (isRight[exit] === true) right++
  }
  return { accuracy: right / samples.length, shares: shares.map((n) => n / samples.length) }
}

export interface ThresholdOptions {
  /** How much accuracy the cascade may lose to the last exit, 0 to 1. */
  readonly maxLoss?: number
  /** Least share that should leave at each exit. */
  readonly minShare?: number
}

/**
 * Thresholds of all exits but the last: as many samples as can be leave early while the cascade's
 * accuracy stays within `maxLoss` of the last exit's, and each exit lets `minShare` go. Where not all can
 * be had, accuracy comes first, then the shares. Searched over a grid of the confidences, two
 * neighbouring exits at a time, since what one lets go the next one does not see.
 */
export function chooseThresholds(
  samples: readonly CascadeSample[],
  options: ThresholdOptions = {},
): number[] {
  const { maxLoss = 0.005, minShare = 0.1 } = options
  const exits = samples[0]?.confidences.length ?? 1
  if (exits < 2) return []
  const last = samples.filter(({ isRight }) => isRight.at(-1) === true).length / samples.length
  const wanted = Math.min(minShare, 1 / exits)
  const score = (thresholds: readonly number[]) => {
    const { accuracy, shares } = runCascade(samples, thresholds)
    const depth = shares.reduce((sum, share, i) => sum + share * i, 0) / (exits - 1)
    const missing = shares.reduce((sum, share) => sum + Math.max(0, wanted - share), 0)
    return -1e4 * Math.max(0, last - maxLoss - accuracy) - 10 * missing - depth
  }

  const grids = Array.from({ length: exits - 1 }, (_, exit) => quantiles(samples, exit, 50))
  let best = grids.map((grid) => grid.at(-1) as number)
  let bestScore = score(best)
  for (let pass = 0; pass < 10; pass++) {
    const before = bestScore
    for (const [exit, grid] of grids.entries()) {
      for (const own of grid) {
        for (const next of grids[exit + 1] ?? [0]) {
          const tried = best.with(exit, own)
          if (exit + 1 < tried.length) tried[exit + 1] = next
          const triedScore = score(tried)
          if (triedScore > bestScore) [best, bestScore] = [tried, triedScore]
        }
      }
    }
    if (bestScore === before) break
  }
  return best
}

/** `count` + 1 values that occur, evenly over the ranks. */
function quantiles(samples: readonly CascadeSample[], exit: number, count: number): number[] {
  const sorted = samples.map(({ confidences }) => confidences[exit] as number).sort((a, b) => a - b)
  const values = Array.from(
    { length: count + 1 },
    (_, i) => sorted[Math.round((i / count) * (sorted.length - 1))] as number,
  )
  return [...new Set(values)]
}
