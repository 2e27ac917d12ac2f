// The model.json of a layers model in the form that tfjs and the ONNX compiler read, whichever version of Keras
// wrote it. Nothing is read from disk: topology and names of weights change, values and their order do not.
import { freeName } from '../free-name.ts'
import type { ModelJson } from '../model-json.ts'
import { firstCallOf, parseTopology, type LayerSpec, type Network } from '../onnx/topology.ts'
import { rewriteLayer } from './rewrite-layer.ts'
import { isForTrainingOnly } from './inference-only.ts'
import { renameWeights } from './weight-names.ts'
import { writeTopology } from './write-topology.ts'

/**
 * Models that tfjs wrote, and those of Keras 2 without a layer that tfjs lacks, are given back as they are; so
 * is what is no network of layers, for who runs it to say.
 */
export function normalizeLayers(json: ModelJson, folder: string): ModelJson {
  const { modelTopology: topology } = json
  const version = versionOf(topology)
  if (version.startsWith('tfjs')) return json
  const network = parseIfLayers(topology, folder)
  if (network === undefined) return json
  const isKeras3 = isWrittenByKeras3(network)
  if (!isKeras3 && !needsRewriting(network)) return json
  const names = new Set<string>()
  const targets = new Map<string, string>()
  const rewritten = rewrite(network, [], { isKeras3, names, targets })
  const model = writeTopology(rewritten, modelNameOf(topology))
  return {
    ...json,
    modelTopology: { ...topology, model_config: model },
    weightsManifest: renameWeights(
      json.weightsManifest,
      network,
      (path, layer) => targets.get([...path, layer.name].join('/')) ?? layer.name,
    ),
  }
}

function parseIfLayers(topology: ModelJson['modelTopology'], folder: string): Network | undefined {
  try {
    return parseTopology(topology, folder)
  } catch {
    return undefined
  }
}

interface Rewriting {
  readonly isKeras3: boolean
  /** All that are taken: tfjs tells weights apart by the names of their layers alone. */
  readonly names: Set<string>
  /** From the path of a layer to the name of that which has its weights now. */
  readonly targets: Map<string, string>
}

function rewrite(network: Network, path: readonly string[], state: Rewriting): Network {
  const renamed = new Map<string, string>()
  for (const { name } of network.layers.values()) {
    renamed.set(name, nameWithin(path, name, state.names))
  }
  const moved = (layer: LayerSpec): LayerSpec => ({
    ...layer,
    name: renamed.get(layer.name) ?? layer.name,
    calls: layer.calls.map((call) => ({
      ...call,
      inputs: call.inputs.map(refTo),
      // What a whole model of Keras 3 is called with goes before what a layer was made with.
      isTraining: call.isTraining && !state.isKeras3,
    })),
  })
  const refTo = <Ref extends { readonly layer: string; readonly call: number }>(ref: Ref): Ref => {
    const layer = network.layers.get(ref.layer)
    // tfjs counts the making of a model within a model as its first call.
    const shift = layer?.network === undefined ? 0 : 1 - firstCallOf(network, layer)
    return { ...ref, layer: renamed.get(ref.layer) ?? ref.layer, call: ref.call + shift }
  }
  const layers: LayerSpec[] = []
  for (const layer of network.layers.values()) {
    const { network: inner } = layer
    if (inner !== undefined) {
      layers.push({ ...moved(layer), network: rewrite(inner, [...path, layer.name], state) })
      continue
    }
    const written = rewriteLayer(moved(layer), state.isKeras3)
    layers.push(...written)
    state.targets.set([...path, layer.name].join('/'), written[0]?.name ?? layer.name)
  }
  return {
    layers: new Map(layers.map((layer) => [layer.name, layer])),
    inputs: network.inputs.map(refTo),
    outputs: network.outputs.map(refTo),
  }
}

/** Of a layer of a model within a model the path is a better name than a number. */
function nameWithin(path: readonly string[], name: string, names: Set<string>): string {
  const isTaken = (each: string) => names.has(each)
  const free = isTaken(name) ? freeName([...path, name].join('_'), isTaken) : name
  names.add(free)
  return free
}

function versionOf(topology: ModelJson['modelTopology']): string {
  const { keras_version: version } = topology
  return typeof version === 'string' ? version : ''
}

function modelNameOf({ model_config: model }: ModelJson['modelTopology']): string {
  const { config } = (typeof model === 'object' ? model : {}) as { config?: { name?: unknown } }
  return typeof config?.name === 'string' ? config.name : 'model'
}

/** By the form, not by the version: converters of layers models write the form of Keras 2 for both. */
function isWrittenByKeras3({ layers }: Network): boolean {
  return [...layers.values()].some(
    ({ calls, config, network }) =>
      calls.some(({ args }) => args !== undefined) ||
      (config['batch_shape'] !== undefined && config['batch_input_shape'] === undefined) ||
      (network !== undefined && isWrittenByKeras3(network)),
  )
}

/** Whether it has layers that tfjs lacks, or reads otherwise than Keras 2 means them. */
function needsRewriting({ layers }: Network): boolean {
  return [...layers.values()].some(({ className, config, network }) => {
    if (network !== undefined) return needsRewriting(network)
    const isList = className === 'BatchNormalization' && Array.isArray(config['axis'])
    const isBilinear = className === 'UpSampling2D' && config['interpolation'] === 'bilinear'
    return isForTrainingOnly(className) || className === 'Normalization' || isList || isBilinear
  })
}
