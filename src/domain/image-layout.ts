// Whether a model takes images with their channels first, and which size it takes where its own files leave that
// open: decided by the manifest and the shape, the same for every format and for export.
import type { SubmodelSpec } from './submodel.ts'
import { isSameShape, type Shape } from './tensor.ts'

/** Of an image, pixels: what is smaller is features, or has its channels elsewhere. */
const leastSide = 8

/**
 * Whether samples must be turned from `[height, width, channels]` to the model's `[channels, height,
 * width]`. The manifest's `layout` decides, then its `input`. Without them 1 or 3 channels in front of an
 * area tell images: features of 3 x 2 x 64 are none. Features are never turned: they are what the submodel
 * before gave.
 * @param shape of one sample as the model has it; -1 where it leaves an axis open.
 */
export function takesChannelsFirst(spec: SubmodelSpec, shape: Shape): boolean {
  if (shape.length !== 3 || (spec.place?.index ?? 0) > 0) return false
  const { layout, input } = spec
  if (layout !== undefined) return layout === 'nchw'
  if (input !== undefined && fits(input, shape)) return false
  if (input !== undefined && fits(input, channelsLast(shape))) return true
  const [channels = 0, ...area] = shape
  const isImage = isColourOrGray(channels) && area.every((axis) => axis < 0 || axis >= leastSide)
  if (input === undefined) return isImage
  return isImage && channels === 1 && fits(input, [...area, 3])
}

/**
 * Whether colours are made gray for it: one channel behind an area is an image, unless the manifest's `input` says
 * that it is taken as it is.
 * @param shape of one sample, its channels last.
 */
export function takesGray({ input, place }: SubmodelSpec, shape: Shape): boolean {
  const [height = 0, width = 0, channels] = shape
  const isArea = shape.length === 3 && height >= leastSide && width >= leastSide
  if (!isArea || channels !== 1 || (place?.index ?? 0) > 0) return false
  return input === undefined || isSameShape(input, [height, width, 3])
}

/** One sample as a tier has it, of the model's own whole shape. */
export function tierShape(spec: SubmodelSpec, shape: Shape): Shape {
  const last = takesChannelsFirst(spec, shape) ? channelsLast(shape) : shape
  return takesGray(spec, last) ? [...last.slice(0, 2), 3] : last
}

/** `[height, width, channels]` of `[channels, height, width]`. */
export function channelsLast([channels = 0, height = 0, width = 0]: Shape): Shape {
  return [height, width, channels]
}

/**
 * Fills open axes in from the manifest: its `input` in either layout, else the size that it resizes to.
 * @param isTurned whether the model's shape has its channels first.
 */
export function fillShape(spec: SubmodelSpec, shape: Shape, isTurned: boolean): Shape {
  const { height, width } = spec.preprocessing ?? {}
  const isSized = shape.length === 3 && height !== undefined && width !== undefined
  const said = spec.input ?? (isSized ? [height, width, 3] : [])
  const [first = -1, second = -1, third = -1] = said
  const inOrder = isTurned && !fits(said, shape) ? [third, first, second] : said
  return shape.map((axis, i) => (axis > 0 ? axis : (inOrder[i] ?? -1)))
}

/** The whole shape of one sample, in the model's own layout, of one that may leave axes open. */
export function wholeShape(spec: SubmodelSpec, shape: Shape): Shape {
  return fillShape(spec, shape, takesChannelsFirst(spec, shape))
}

function isColourOrGray(channels: number): boolean {
  return channels === 1 || channels === 3
}

function fits(wanted: Shape, shape: Shape): boolean {
  return wanted.length === shape.length && shape.every((axis, i) => axis < 0 || axis === wanted[i])
}
