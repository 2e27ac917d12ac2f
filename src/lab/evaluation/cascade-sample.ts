// One sample as a cascade of exits sees it, for a training, which holds logits and labels alone. Pure.
import { argmax, softmax } from '../../domain/confidence.ts'

/** Confidence and rightness at each exit. */
export interface CascadeSample {
  readonly confidences: readonly number[]
  readonly isRight: readonly boolean[]
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
