// How many bytes features take in each form, before they are packed. How they stand is in wire/features/features.ts.
import type { FeatureForm } from './feature-codec.ts'
import { sizeOf, type Shape } from './tensor.ts'

/** bfloat16 scale and uint8 zero point of a group. */
export const gridBytes = 3

/** Bits of a code. */
export const bitsOf = {
  int8: 8,
  'int8-channel': 8,
  int4: 4,
  'int4-channel': 4,
  int2: 2,
  'int2-channel': 2,
} as const

/** Grids of a sample: one, or one a channel. */
export function groupsOf(form: FeatureForm, channels: number): number {
  return form.endsWith('-channel') ? channels : 1
}

/** The last axis. */
export function channelsOf(shape: Shape): number {
  return shape.at(-1) ?? 1
}

/** Bytes of one sample's features before they are packed. */
export function plainBytes(shape: Shape, form: FeatureForm): number {
  const elements = sizeOf(shape)
  if (form === 'float32') return 4 * elements
  if (form === 'float16') return 2 * elements
  return gridBytes * groupsOf(form, channelsOf(shape)) + Math.ceil((elements * bitsOf[form]) / 8)
}
