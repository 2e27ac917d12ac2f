// Which confidence leaves at which threshold: asked of one sample (exit.ts), of columns of many
// (lab/evaluation/exit-columns.ts) and of the live page's outlook.
import { isBounded, type ConfidenceName } from './confidence.ts'

/** The rule itself: what is at or above the threshold leaves. NaN, of values that are no numbers, never does. */
export function leaves(confidence: number, threshold: number): boolean {
  return confidence >= threshold
}

/** A threshold that no confidence by this criterion reaches: above 1, and for `raw` above all float32 numbers. */
export function neverOf(criterion: ConfidenceName): number {
  return isBounded(criterion) ? 2 : 1e39
}

/** A threshold as files hold it: null where no confidence reaches it, which is what `never` or more says. */
export function writtenThreshold(threshold: number, never: number): number | null {
  return threshold >= never ? null : threshold
}

/** A threshold that no confidence by any of these reaches. */
export function neverOfAll(criteria: readonly ConfidenceName[]): number {
  return Math.max(...criteria.map(neverOf), neverOf('softmax'))
}
