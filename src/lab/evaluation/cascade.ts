// A cascade of exits over samples whose confidences are known: who leaves where, and who is right. Pure.
import { argmax, softmax } from '../../domain/confidence.ts'

/** One sample as the cascade sees it: confidence and rightness at each exit. */
export interface CascadeSample {
  readonly confidences: readonly number[]
  readonly isRight: readonly boolean[]
}

/** What a cascade does on a set of samples. */
interface CascadeMeans {
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
    // Written so that NaN does not leave, as in serving (domain/exit.ts).
    while (exit < thresholds.length && !((confidences[exit] ?? 0) >= (thresholds[exit] ?? 0))) {
      exit++
    }
    shares[exit] = (shares[exit] ?? 0) + 1
    if (isRight[exit] === true) right++
  }
  return { accuracy: right / samples.length, shares: shares.map((n) => n / samples.length) }
}
