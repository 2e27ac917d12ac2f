// Where an image's channels stand in a network's input: first (`[3, height, width]`, PyTorch) or last
// (`[height, width, 3]`, TensorFlow).
import { ModelError } from '../../errors.ts'

/**
 * @param shape of one sample; undefined axes are open.
 * @throws DDNN_MODEL_DAMAGED when it is no image.
 */
export function inputLayout(path: string, shape: readonly (number | undefined)[]): 'nhwc' | 'nchw' {
  const [first, , last] = shape
  const isFew = (axis: number | undefined) => axis === 1 || axis === 3
  if (shape.length === 3) {
    if (isFew(last) && !isFew(first)) return 'nhwc'
    if (isFew(first)) return isFew(last) && last === 3 && first !== 3 ? 'nhwc' : 'nchw'
  }
  const got = shape.length === 0 ? 'nothing' : shape.map((axis) => axis ?? '?').join('x')
  throw new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected '${path}' to take an image of 3 or 1 channels, got an input of ${got}`,
    {
      hint: 'Export a network whose input is [batch, height, width, 3] or [batch, 3, height, width]',
    },
  )
}
