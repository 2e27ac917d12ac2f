// How images come into a backbone: size, scale, and which axis is the channels'. Training and serving must agree
// on it, so it is written into the first piece's manifest.
import type { ChannelValues } from '../../../domain/submodel.ts'
import { ConfigError } from '../../../errors.ts'
import type { Backbone } from '../../../model/backbone/backbone.ts'
import { imageDoorOf } from '../../../serving/engine/open-probe.ts'
import type { Shape } from '../../../domain/tensor.ts'
import type { FolderManifest } from '../../../model/manifest.ts'
import type { ImageSize } from '../../../model/networks/network.ts'
import type { BackboneChoice, PixelForm } from './choice.ts'

export interface BackboneInput extends ImageSize {
  /** Of one sample, in the network's own layout; one channel is gray. */
  readonly shape: Shape
  readonly layout: 'nhwc' | 'nchw'
  /** How a pixel of 0 to 255 comes to the network: (value x scale - mean) / std. */
  readonly values: PixelValues
  /** Whether anybody said that: the network's manifest, a flag, its dtype, or a layer of its own. */
  readonly isTold: boolean
}

/** As a manifest has them. */
interface PixelValues {
  readonly scale: number
  readonly mean?: ChannelValues | undefined
  readonly std?: ChannelValues | undefined
}

/** PyTorch's and Keras' own values, for networks trained on ImageNet. */
const valuesOf: Readonly<Record<PixelForm, PixelValues>> = {
  unit: { scale: 1 / 255 },
  signed: { scale: 1 / 255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  bytes: { scale: 1 },
  imagenet: { scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
}

/** Where nobody says a size and the network takes any: what most are trained with. */
const usualSide = 224

/**
 * @param manifest the network's own, where it has one.
 * @throws DDNN_CONFIG_INVALID when the network takes no images of this size, or no images.
 */
export function inputOf(
  backbone: Backbone,
  { size, pixels, path }: Pick<BackboneChoice, 'size' | 'pixels' | 'path'>,
  manifest: FolderManifest | undefined,
): BackboneInput {
  const { layout } = backbone.input
  const axes = backbone.input.shape
  const [first, second, third] = axes
  const [height, width, channels] =
    layout === 'nchw' ? [second, third, first] : [first, second, third]
  if (axes.length !== 3 || ![undefined, 1, 3].includes(channels)) {
    const got = axes.map((axis) => axis ?? '?').join('x')
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected '${path}' to take images, got an input of ${got}`,
      {
        hint: 'Exits can be trained on networks that take [height, width, 3] or [3, height, width], or one channel of gray',
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
      { hint: 'Leave --height and --width out' },
    )
  }
  const depth = channels ?? 3
  const area = [chosen.height, chosen.width]
  const values = toldValues(backbone, pixels, manifest)
  return {
    ...{ ...chosen, layout },
    shape: layout === 'nchw' ? [depth, ...area] : [...area, depth],
    values: values ?? valuesOf.unit,
    isTold: values !== undefined,
  }
}

/** Undefined where nobody says what the network takes pixels as. */
function toldValues(
  { input, cuts }: Backbone,
  pixels: PixelForm | undefined,
  manifest: FolderManifest | undefined,
): PixelValues | undefined {
  if (pixels !== undefined) return valuesOf[pixels]
  const { scale, mean, std } = manifest?.preprocessing ?? {}
  if (scale !== undefined || mean !== undefined || std !== undefined) {
    return { scale: scale ?? 1 / 255, mean, std }
  }
  // Keras calls the layer so unless told otherwise, and it is there to take bytes.
  const ownsScale = cuts.slice(0, 2).some(({ name }) => /(^|\/)rescaling(_\d+)*(\/|$)/i.test(name))
  return ownsScale || /int8/.test(input.dtype) ? valuesOf.bytes : undefined
}

/**
 * Float32 `[count, height, width, 3]` in [0, 1] as the network takes it, in memory of its own: as the engines do it
 * when the family is served.
 */
export function toNetwork(
  pixels: Float32Array,
  count: number,
  { height, width, shape, layout, values }: BackboneInput,
): Float32Array {
  const factor = 255 * values.scale
  const scaled = pixels.map((value) => value * factor)
  const door = imageDoorOf(shape, layout, { height, width, ...values })
  return door.toModel(scaled, count)
}
