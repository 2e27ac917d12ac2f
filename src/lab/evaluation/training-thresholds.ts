// The thresholds that a training writes: little loss on its validation images, some share at each exit.
import { neverOf } from '../../domain/leaves.ts'
import type { CascadeSample } from './cascade-sample.ts'
import { toColumns, type Tally } from './exit-columns.ts'
import { riskPath } from './risk-path.ts'
import { searchThresholds } from './search-thresholds.ts'

interface ThresholdOptions {
  /** How much accuracy the cascade may lose to the last exit, 0 to 1. */
  readonly maxLoss?: number
  /** Least share that should leave at each exit. */
  readonly minShare?: number
}

/**
 * Thresholds of all exits but the last: as many samples as can be leave early while the cascade's
 * accuracy stays within `maxLoss` of the last exit's, and each exit lets `minShare` go. Where not all can
 * be had, accuracy comes first, then the shares. Nothing is proved by it: `ddnn calibrate` does that.
 */
export function thresholdsOfTraining(
  samples: readonly CascadeSample[],
  options: ThresholdOptions = {},
): number[] {
  const { maxLoss = 0.005, minShare = 0.1 } = options
  const exits = samples[0]?.confidences.length ?? 1
  if (exits < 2) return []
  const wanted = Math.min(minShare, 1 / exits)
  const score = (tally: Tally) => {
    let depth = 0
    let missing = 0
    for (const [exit, count] of tally.left.entries()) {
      depth += (count / tally.samples) * exit
      missing += Math.max(0, wanted - count / tally.samples)
    }
    const lost = Math.max(0, (tally.lastRight - tally.right) / tally.samples - maxLoss)
    return -1e4 * lost - 10 * missing - depth / (exits - 1)
  }
  const never = neverOf('softmax')
  const columns = toColumns(samples)
  const costs = Array.from({ length: exits }, (_, exit) => exit / (exits - 1))
  return searchThresholds(columns, score, never, riskPath(columns, { costs, never }))
}
