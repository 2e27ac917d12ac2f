// The shape of one image for a network that takes any size.
import type { Shape } from '../../domain/tensor.ts'

export interface ImageSides {
  readonly height: number
  readonly width: number
}

/** What stands for a height or width that the network leaves open, where nobody says it. */
const openSide = 224

/** @param shape of one sample as the network has it; undefined axes are open. */
export function imageShape(
  shape: readonly (number | undefined)[],
  layout: 'nhwc' | 'nchw',
  sides: ImageSides | undefined,
): Shape {
  const { height = openSide, width = openSide } = sides ?? {}
  const open = layout === 'nchw' ? [3, height, width] : [height, width, 3]
  return shape.map((axis, i) => axis ?? open[i] ?? 1)
}
