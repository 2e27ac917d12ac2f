// Whether a model takes images with their channels first: ddnn has them last, as sharp and tfjs do.
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import type { Shape } from '../../../domain/tensor.ts'

/** Of an image, pixels: what is smaller is features, or has its channels last. */
const leastSide = 8

/**
 * Whether samples must be turned from `[height, width, channels]` to the model's `[channels, height,
 * width]`. The manifest's `input` decides where there is one. Without it 1 or 3 channels in front of an
 * area tell images: features of 3 x 2 x 64 are none. Features are never turned: they are what the submodel
 * before gave.
 * @param shape of one sample as the model has it; -1 where it leaves an axis open.
 */
export function takesChannelsFirst(spec: SubmodelSpec, shape: Shape): boolean {
  // Layers models have their channels last, compiled or not.
  if (spec.format !== 'onnx' || shape.length !== 3 || (spec.place?.index ?? 0) > 0) return false
  if (spec.input !== undefined) {
    return !fits(spec.input, shape) && fits(spec.input, channelsLast(shape))
  }
  const [channels = 0, ...area] = shape
  return (channels === 1 || channels === 3) && area.every((axis) => axis < 0 || axis >= leastSide)
}

/** `[height, width, channels]` of `[channels, height, width]`. */
export function channelsLast([channels = 0, height = 0, width = 0]: Shape): Shape {
  return [height, width, channels]
}

function fits(wanted: Shape, shape: Shape): boolean {
  return wanted.length === shape.length && shape.every((axis, i) => axis < 0 || axis === wanted[i])
}
