// Thresholds that let the same shares leave under any criterion, so that criteria differ by whom they let go alone: a goal's
// search may let more leave than it was asked for.
import { forEachThreshold } from '../../dist/lab/evaluation/each-threshold.js'

/**
 * The highest thresholds by which at least these shares of the samples have left by each exit, one exit after the other.
 * Exits that cannot let so many go, for want of confidences, let all go that have one.
 * @param {object} columns of exit-columns.ts
 * @param {readonly number[]} shares one an early exit, rising
 * @param {number} never a threshold that lets none leave
 */
export function thresholdsAtRates(columns, shares, never) {
  const early = columns.exits - 1
  if (shares.length !== early) {
    throw new Error(`Expected ${early} shares for ${early + 1} exits, got ${shares.join(',')}`)
  }
  return shares.reduce((thresholds, share, exit) => {
    let found = never
    let isReached = false
    forEachThreshold(columns, thresholds, exit, ({ left, samples }, at) => {
      if (isReached) return
      if (at !== Infinity) found = at
      const gone = left.slice(0, exit + 1).reduce((sum, count) => sum + count, 0)
      isReached = gone >= share * samples - 1e-9
    })
    return thresholds.with(exit, found)
  }, new Array(early).fill(never))
}
