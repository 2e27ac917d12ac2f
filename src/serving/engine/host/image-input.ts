// How images come into a model: a tier has them as [height, width, 3], and a model may want its channels first,
// or one channel of gray. What is turned and what is not is decided here, by the manifest and the shape.
import { channelsLast, takesGray } from '../../../domain/image-layout.ts'
import { scaleOf, type Preprocessing, type SubmodelSpec } from '../../../domain/submodel.ts'
import { sizeOf, type Shape } from '../../../domain/tensor.ts'

export interface ImageInput {
  /** Of one sample as a tier has it. */
  readonly shape: Shape
  /** Whether colours are made gray. */
  readonly isGray: boolean
  /** The same samples as the model takes them; the values given where nothing is to be done. */
  readonly toModel: (values: Float32Array, count: number) => Float32Array
}

/**
 * @param shape of one sample as the model's pass takes it, all axes known.
 * @param isTurned whether it has its channels first, and the pass does not turn images itself.
 */
export function imageInputOf(spec: SubmodelSpec, shape: Shape, isTurned: boolean): ImageInput {
  const last = isTurned ? channelsLast(shape) : shape
  const isGray = takesGray(spec, last)
  const [height = 1, width = 1, channels = 1] = last
  const scale = scaleOf(spec)
  const isColour = !isGray && last.length === 3 && channels === 3 && (spec.place?.index ?? 0) === 0
  return {
    shape: isGray ? [height, width, 3] : last,
    isGray,
    toModel: (values, count) => {
      const colour = isColour ? normalised(values, spec.preprocessing) : values
      const gray = isGray ? toGray(colour, scale) : colour
      // One channel lies the same way first and last.
      if (!isTurned || channels === 1) return gray
      return toChannelsFirst(gray, count, sizeOf([height, width]), channels)
    },
  }
}

/** (value - mean) / std of each channel, in memory of its own; the values given where neither is said. */
function normalised(
  values: Float32Array,
  { mean = [0, 0, 0], std = [1, 1, 1] }: Partial<Preprocessing> = {},
): Float32Array {
  if (mean.every((value) => value === 0) && std.every((value) => value === 1)) return values
  const given = new Float32Array(values.length)
  for (let i = 0; i < values.length; i += 3) {
    given[i] = ((values[i] as number) - mean[0]) / std[0]
    given[i + 1] = ((values[i + 1] as number) - mean[1]) / std[1]
    given[i + 2] = ((values[i + 2] as number) - mean[2]) / std[2]
  }
  return given
}

/**
 * ITU-R 601 luma of colours, rounded as Pillow's `convert('L')` rounds pixels; of values that are no pixels
 * times the scale, without rounding. Source: Pillow's Convert.c, L24.
 */
export function toGray(values: Float32Array, scale: number): Float32Array {
  const gray = new Float32Array(values.length / 3)
  for (let i = 0; i < gray.length; i++) {
    const red = pixelOf(values[3 * i] as number, scale)
    const green = pixelOf(values[3 * i + 1] as number, scale)
    const blue = pixelOf(values[3 * i + 2] as number, scale)
    const sum = red * 19595 + green * 38470 + blue * 7471
    const arePixels = Number.isInteger(red) && Number.isInteger(green) && Number.isInteger(blue)
    gray[i] = (arePixels ? Math.floor((sum + 0x8000) / 0x10000) : sum / 0x10000) * scale
  }
  return gray
}

/** A whole number where the value is as near to one as float32 may be. */
function pixelOf(value: number, scale: number): number {
  const pixel = value / scale
  const whole = Math.round(pixel)
  return Math.abs(pixel - whole) < 1e-3 ? whole : pixel
}

function toChannelsFirst(
  values: Float32Array,
  count: number,
  pixels: number,
  channels: number,
): Float32Array {
  const turned = new Float32Array(values.length)
  for (let image = 0; image < count; image++) {
    const from = image * pixels * channels
    for (let channel = 0; channel < channels; channel++) {
      const to = from + channel * pixels
      for (let i = 0; i < pixels; i++) {
        turned[to + i] = values[from + i * channels + channel] as number
      }
    }
  }
  return turned
}
