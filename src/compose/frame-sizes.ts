// Sizes that follow from models and images: how large a request and a reply can get, which the links
// check against their topics at start.
import type { Stage } from '../serving/engine/engine.ts'
import type { Shape } from '../domain/tensor.ts'
import type { FrameLimits } from '../serving/transport/transport.ts'
import { wires } from '../serving/wire/detect.ts'
import { maxReplyBytes } from '../serving/wire/limits.ts'
import type { WireForm } from '../serving/wire/wire.ts'

/** Tiers in one chain that a reply may nest; four are usual, so this is generous. */
const chainLength = 8

/** Classes to allow for where no model tells (a device): ImageNet's number. */
const unknownClasses = 1000

/** As far as sizes ask for a submodel. */
type SizedStage = Pick<Stage, 'shapes'>

/** Of a back link: an image or features as float32; JSON is not counted, for it is larger and rare. */
export function backSizes(stages: readonly SizedStage[]): FrameLimits {
  const first = stages[0]
  const classes = Math.max(0, ...stages.flatMap((stage) => stage.shapes.exits))
  return {
    maxRequestBytes: wires.binary.maxRequestBytes(first?.shapes.input ?? []),
    maxReplyBytes: maxReplyBytes(classes, chainLength),
  }
}

/** Of a tier's front link: its features, and the replies to them. */
export function frontSizes(stages: readonly SizedStage[], form: WireForm): FrameLimits {
  const features = stages.at(-1)?.shapes.features ?? []
  const classes = Math.max(0, ...stages.flatMap((stage) => stage.shapes.exits))
  return linkSizes(features, 'float32', classes, form)
}

/** Of a device's front link: its images as they are sent. A JPEG is taken to be no larger than pixels. */
export function imageSizes(
  shape: Shape,
  dtype: 'uint8' | 'float32',
  classes: number | undefined,
  form: WireForm,
): FrameLimits {
  return linkSizes(shape, dtype, classes ?? unknownClasses, form)
}

/** As the question who stands in front needs them. */
export const probeSizes = imageSizes([1, 1, 3], 'uint8', undefined, 'binary')

function linkSizes(
  shape: Shape,
  dtype: 'uint8' | 'float32',
  classes: number,
  form: WireForm,
): FrameLimits {
  const elements = shape.reduce((product, axis) => product * axis, 1)
  return {
    maxRequestBytes: wires[form].maxRequestBytes(shape, dtype),
    // An original that offloads repeats its raw input in its reply.
    maxReplyBytes: maxReplyBytes(classes, chainLength, form, elements),
  }
}
