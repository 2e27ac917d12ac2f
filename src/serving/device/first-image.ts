// Holds the first image of a run against what the front takes, before it is sent. Those behind it are held too
// until one fits; a later one that does not is its own error.
import type { Tensor } from '../../domain/tensor.ts'
import type { EncodedTensor } from '../wire/wire.ts'
import type { AnswerImage } from './device.ts'

/** `check` throws what ends the run. */
export function checkingFirst(
  answer: AnswerImage,
  check: (image: Tensor | EncodedTensor) => void,
): AnswerImage {
  let hasFitted = false
  return async (image, call) => {
    if (!hasFitted) check(image)
    hasFitted = true
    return answer(image, call)
  }
}
