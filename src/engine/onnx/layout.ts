// Whether a model takes images with their channels first: ddnn has them last, as sharp and tfjs do.
import type { SubmodelSpec } from '../../domain/submodel.ts'
import type { Shape } from '../../domain/tensor.ts'

/**
 * Whether samples must be turned from `[height, width, channels]` to the model's `[channels, height,
 * width]`. The manifest's `input` decides where there is one. Without it 1 or 3 channels in front tell
 * images. Features are never turned: they are what the submodel before gave.
 * @param shape of one sample as the model has it; -1 where it leaves an axis open.
 */
export function takesChannelsFirst(spec: SubmodelSpec, shape: Shape): boolean {
  if (shape.length !== 3 || (spec.place?.index ?? 0) > 0) return false
  if (spec.input !== undefined) {
    return !fits(spec.input, shape) && fits(spec.input, channelsLast(shape))
  }
  const [first = 0, , last = 0] = shape
  return isColours(first) && !isColours(last)
}

/** `[height, width, channels]` of `[channels, height, width]`. */
export function channelsLast([channels = 0, height = 0, width = 0]: Shape): Shape {
  return [height, width, channels]
}

function fits(wanted: Shape, shape: Shape): boolean {
  return wanted.length === shape.length && shape.every((axis, i) => axis < 0 || axis === wanted[i])
}

function isColours(axis: number): boolean {
  return axis === 1 || axis === 3
}
