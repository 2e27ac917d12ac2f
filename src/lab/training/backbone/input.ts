// How images come into a backbone: size, scale, and which axis is the channels'. Training and serving must agree
// on it, so it is written into the first piece's manifest.
import { ConfigError } from '../../../errors.ts'
import type { Backbone } from '../../../model/backbone/backbone.ts'
import type { FolderManifest } from '../../../model/manifest.ts'
import type { ImageSize } from '../../../model/networks/network.ts'
import type { BackboneChoice } from './choice.ts'

export interface BackboneInput extends ImageSize {
  /** 1, gray; or 3. */
  readonly channels: number
  readonly layout: 'nhwc' | 'nchw'
  /** Of a pixel of 0 to 255. */
  readonly scale: number
  /** Whether anybody said the scale: the network's manifest, a flag, or its dtype. */
  readonly isScaleTold: boolean
}

/** Where nobody says a size and the network takes any: what most are trained with. */
const usualSide = 224

/**
 * @param manifest the network's own, where it has one.
 * @throws DDNN_CONFIG_INVALID when the network takes no images of this size, or no images.
 */
export function inputOf(
  backbone: Backbone,
  { size, scale, path }: Pick<BackboneChoice, 'size' | 'scale' | 'path'>,
  manifest: FolderManifest | undefined,
): BackboneInput {
  const { layout, shape, dtype } = backbone.input
  const [first, second, third] = shape
  const [height, width, channels] =
    layout === 'nchw' ? [second, third, first] : [first, second, third]
  if (shape.length !== 3 || (channels !== undefined && channels !== 3)) {
    const got = shape.map((axis) => axis ?? '?').join('x')
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected '${path}' to take colour images, got an input of ${got}`,
      {
        hint: 'Exits can be trained on networks that take [height, width, 3] or [3, height, width]',
      },
    )
  }
  const own = manifest?.preprocessing
  const chosen = {
    height: height ?? size?.height ?? own?.height ?? usualSide,
    width: width ?? size?.width ?? own?.width ?? usualSide,
  }
  if (size !== undefined && (size.height !== chosen.height || size.width !== chosen.width)) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected images of ${chosen.height}x${chosen.width}, which '${path}' takes, got ${size.height}x${size.width}`,
      { hint: 'Leave --image_height and --image_width out' },
    )
  }
  const isPixels = /int8/.test(dtype)
  const told = scale ?? own?.scale ?? (isPixels ? 1 : undefined)
  return {
    ...chosen,
    channels: 3,
    layout,
    scale: told ?? 1 / 255,
    isScaleTold: told !== undefined,
  }
}

/** Float32 `[count, height, width, channels]` in [0, 1] as the network takes it, in memory of its own. */
export function toNetwork(
  pixels: Float32Array,
  { height, width, channels, layout, scale }: BackboneInput,
): Float32Array {
  const values = new Float32Array(pixels.length)
  const factor = 255 * scale
  if (layout === 'nhwc') {
    // Pixels come as value / 255, so that exact numbers come out of whole scales.
    for (let i = 0; i < pixels.length; i++) values[i] = (pixels[i] as number) * factor
    return values
  }
  const area = height * width
  const image = area * channels
  for (let from = 0; from < pixels.length; from += image) {
    for (let channel = 0; channel < channels; channel++) {
      const to = from + channel * area
      for (let i = 0; i < area; i++) {
        values[to + i] = (pixels[from + i * channels + channel] as number) * factor
      }
    }
  }
  return values
}
