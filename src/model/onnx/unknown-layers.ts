// Which layers of a model the compiler does not know, told from its model.json alone: `auto` asks before
// any weight is read.
import { ModelError } from '../../errors.ts'
import { pythonExport } from '../keras/python-export.ts'
import type { ModelJson } from '../model-json.ts'
import { layerKinds } from './layers/table.ts'
import { Settings } from './settings.ts'
import { parseTopology, type LayerSpec, type Network } from './topology.ts'

interface UnknownLayer {
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

/**
 * The error of an engine that cannot run this layer: onnx unless another one is said. The hint is an engine that
 * has it, where one has.
 */
export function unknownLayerError(
  folder: string,
  layer: UnknownLayer,
  engine = 'onnx',
  hint = hintFor(layer),
): ModelError {
  const { className, name, what } = layer
  const setting = what === undefined ? '' : ` with ${what}`
  return new ModelError(
    'DDNN_ENGINE_UNAVAILABLE',
    `Expected an engine with every layer of '${folder}', got ${engine} without ${className}${setting} ('${name}')`,
    { hint },
  )
}

/** What runs every layer of Keras, those of the user's own among them: TensorFlow's own graph of the network. */
export function hintExport(className?: string): string {
  const isLambda = className === 'Lambda'
  const trust = isLambda
    ? ' (safe_mode=False runs the code in the file: of a file that you trust)'
    : ''
  return `Export the Keras model as a SavedModel, in Python: ${pythonExport('model.keras', 'FOLDER', className)}${trust}; it runs with --engine tensorflow, or converted (docs/models.md)`
}

function hintFor({ className, what }: UnknownLayer): string {
  const isInTfjs = what === undefined ? tfjsHas.includes(className) : tfjsKnows.includes(what)
  return isInTfjs ? 'Pass --engine tensorflow' : hintExport(className)
}

/** Layers of tfjs that are not compiled. */
const tfjsHas = [
  ...[
    'Bidirectional',
    'Conv3D',
    'Conv3DTranspose',
    'ConvLSTM2D',
    'Dot',
    'Embedding',
    'GRU',
    'LSTM',
  ],
  ...['AveragePooling3D', 'MaxPooling3D', 'Masking', 'RNN', 'SimpleRNN', 'TimeDistributed'],
]

/** Settings of layers that are not compiled, and that tfjs runs as they are meant. */
const tfjsKnows = ['channels first', '"causal" padding', 'training']
