// The cascade one sample after the other, by the rule that serving asks: what columns are held against.
import { leaves } from '../../../src/domain/leaves.ts'
import type { CascadeSample } from '../../../src/lab/evaluation/cascade-sample.ts'

/** Accuracy, and the share that leaves at each exit. */
export function cascadeBySample(
  samples: readonly CascadeSample[],
  thresholds: readonly number[],
): { readonly accuracy: number; readonly shares: readonly number[] } {
  const shares = new Array<number>(thresholds.length + 1).fill(0)
  let right = 0
  for (const { confidences, isRight } of samples) {
    const found = thresholds.findIndex((threshold, exit) =>
      leaves(confidences[exit] ?? Number.NaN, threshold),
    )
    const exit = found === -1 ? thresholds.length : found
    shares[exit] = (shares[exit] ?? 0) + 1
    if (isRight[exit] === true) right++
  }
  return { accuracy: right / samples.length, shares: shares.map((n) => n / samples.length) }
}
