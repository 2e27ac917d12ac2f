// Layers of a layers model that tfjs does not have, or runs otherwise than the model means them: told before it
// is loaded, since tfjs itself either speaks of its own registry or computes something else without a word.
import type { SubmodelSpec } from '../../../domain/submodel.ts'
import { parseTopology, type LayerSpec, type Network } from '../../../model/onnx/topology.ts'
import { hintExport, unknownIn, unknownLayerError } from '../../../model/onnx/unknown-layers.ts'
import { readModelJson } from '../../../model/weights.ts'
import type { TfRuntime } from './tf.ts'

type Config = Readonly<Record<string, unknown>>

/** @throws DDNN_ENGINE_UNAVAILABLE naming the first layer that is not known, and what may be done. */
export async function assertKnownLayers(
  { tf, description }: TfRuntime,
  { folder }: SubmodelSpec,
): Promise<void> {
  const { modelTopology } = await readModelJson(folder)
  const known = tf.serialization.SerializationMap.getMap().classNameMap
  const isKnown = (name: string) => Object.hasOwn(known, name)
  const network = parseTopology(modelTopology, folder)
  for (const layer of layersIn(network)) {
    const { className, name } = layer
    const what = isKnown(className) ? unknownSetting(layer, isKnown) : undefined
    if (isKnown(className) && what === undefined) continue
    const hint = unknownIn(network).length === 0 ? 'Pass --engine onnx' : hintExport(className)
    throw unknownLayerError(folder, { className, name, what }, description, hint)
  }
}

function layersIn({ layers }: Network): readonly LayerSpec[] {
  return [...layers.values()].flatMap((layer) =>
    layer.network === undefined ? [layer] : layersIn(layer.network),
  )
}

/** In a few words; undefined where all is known. */
function unknownSetting(
  { className, config }: LayerSpec,
  isKnown: (name: string) => boolean,
): string | undefined {
  const activation = config['activation']
  const word = typeof activation === 'string' ? camelCase(activation) : undefined
  if (word !== undefined && !isKnown(word)) return `activation ${String(activation)}`
  return settings[className]?.(config)
}

const settings: Readonly<Record<string, (config: Config) => string | undefined>> = {
  Conv1D: groups,
  Conv2D: groups,
  DepthwiseConv2D: dilation,
  SeparableConv2D: dilation,
  Conv2DTranspose: dilation,
  Rescaling: (config) =>
    Array.isArray(config['scale']) || Array.isArray(config['offset'])
      ? 'a list of numbers'
      : undefined,
  ReLU: (config) =>
    config['negative_slope'] || config['threshold'] ? 'a slope or threshold' : undefined,
  UpSampling2D: (config) =>
    config['half_pixel_centers'] === true ? 'bilinear interpolation of Keras' : undefined,
  // tfjs has these, and stretches between the outer pixels, or rounds to other ones, where Keras does not.
  Resizing: () => "Keras' way of resizing",
  CenterCrop: () => "Keras' way of cropping",
}

function groups(config: Config): string | undefined {
  return Number(config['groups'] ?? 1) > 1 ? 'groups' : undefined
}

function dilation(config: Config): string | undefined {
  const rates = [config['dilation_rate'] ?? 1].flat()
  return rates.some((rate) => rate !== 1) ? 'dilation' : undefined
}

/** As tfjs turns `hard_sigmoid` into the name of a class. */
function camelCase(word: string): string {
  return word.length > 1 && word.includes('_')
    ? word.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
    : word
}
