// Which layers of a model the compiler does not know, told from its model.json alone: `auto` asks before
// any weight is read.
import { ModelError } from '../../errors.ts'
import type { ModelJson } from '../weights.ts'
import { layerKinds } from './layers/table.ts'
import { Settings } from './settings.ts'
import { parseTopology, type LayerSpec, type Network } from './topology.ts'

export interface UnknownLayer {
  readonly className: string
  readonly name: string
  /** The setting that is not known, in a few words; undefined where the whole layer is not. */
  readonly what: string | undefined
}

/**
 * Layers, or settings of them, that are not known; in the order of the file. Shapes are not looked at, so
 * compiling may still refuse one that depends on them.
 * @throws DDNN_MODEL_DAMAGED when the topology is none of layers.
 */
export function unknownLayers(json: ModelJson, folder: string): readonly UnknownLayer[] {
  return unknownIn(parseTopology(json.modelTopology, folder))
}

export function unknownIn(network: Network): readonly UnknownLayer[] {
  return [...network.layers.values()].flatMap((layer) =>
    layer.network === undefined ? unknownIfAny(layer) : unknownIn(layer.network),
  )
}

function unknownIfAny({ className, name, config, calls }: LayerSpec): readonly UnknownLayer[] {
  if (className === 'InputLayer') return []
  const kind = Object.hasOwn(layerKinds, className) ? layerKinds[className] : undefined
  if (kind === undefined) return [{ className, name, what: undefined }]
  const isTraining = calls.some((call) => call.isTraining)
  const what = kind.refuses?.(new Settings(config, name)) ?? (isTraining ? 'training' : undefined)
  return what === undefined ? [] : [{ className, name, what }]
}

/** The error of an engine that cannot run this layer. */
export function unknownLayerError(folder: string, layer: UnknownLayer): ModelError {
  const { className, name, what } = layer
  const setting = what === undefined ? '' : ` with ${what}`
  return new ModelError(
    'DDNN_ENGINE_UNAVAILABLE',
    `Expected an engine with every layer of '${folder}', got onnx without ${className}${setting} ('${name}')`,
    { hint: 'Pass --engine tensorflow' },
  )
}
