// A tfjs layers model as an ONNX file: topology and weights in, one ModelProto out, with batch
// normalisation folded, dropout gone, and every kernel turned once. Plain data: no runtime is needed.
import { basename } from 'node:path'
import type { Shape } from '../../domain/tensor.ts'
import { ModelError } from '../../errors.ts'
import { readModelJson } from '../weights.ts'
import { buildNetwork } from './build-network.ts'
import { keepNeeded, nameOutputs } from './finish-graph.ts'
import { foldAffine } from './fold-affine.ts'
import { foldPadding } from './fold-padding.ts'
import { Graph } from './graph.ts'
import { encodeModel, type GraphTensor } from './proto.ts'
import { Settings } from './settings.ts'
import { inputConfigOf, parseTopology, type Network } from './topology.ts'
import { unknownIn, unknownLayerError } from './unknown-layers.ts'
import { storedShape, type Value } from './value.ts'
import { readWeights } from './weight-store.ts'

interface CompileOptions {
  /** The shape of one sample, with sizes in the place of -1 for axes that the model leaves open. */
  readonly fill?: (shape: Shape) => Shape
  /**
   * How images come in and features go out: `nhwc` as in the layers model, `nchw` with their channels
   * first and without a single Transpose. `nhwc` unless given.
   */
  readonly layout?: 'nhwc' | 'nchw'
  /** Name of the input in the file; else its layer's. */
  readonly inputName?: string
  /**
   * Which outputs the file has, in which order and under which names, told by those of the layers model:
   * their layers' names, channels last. All of them as they are unless given.
   */
  readonly arrange?: (outputs: readonly GraphTensor[]) => readonly ArrangedOutput[]
  readonly producer?: { readonly name: string; readonly version: string }
  readonly metadata?: Readonly<Record<string, string>>
}

export interface ArrangedOutput {
  /** Among the outputs of the layers model. */
  readonly place: number
  readonly name: string
}

export interface CompiledModel {
  /** A ModelProto: opset 17, all float32, a batch of any size. */
  readonly bytes: Uint8Array
  /** Its one input; shape of one sample, in the layout asked for. */
  readonly input: GraphTensor
  /** In the order of the layers model's outputs, unless they were arranged otherwise. */
  readonly outputs: readonly GraphTensor[]
  readonly inputName: string
  readonly outputNames: readonly string[]
  /** What the layers model says that it takes: 'float32', 'int32'; the file takes float32 in any case. */
  readonly inputDtype: string
}

/**
 * Compiles the layers model of a folder.
 * @throws DDNN_ENGINE_UNAVAILABLE when a layer, or a setting of one, is not known here; it is named.
 * @throws DDNN_MODEL_DAMAGED when topology and weights do not fit, or files are missing or cut short.
 * @throws DDNN_MODEL_MISSING when there is no model.json.
 */
export async function compileLayers(
  folder: string,
  options: CompileOptions = {},
): Promise<CompiledModel> {
  const json = await readModelJson(folder)
  const network = parseTopology(json.modelTopology, folder)
  const [unknown] = unknownIn(network)
  if (unknown !== undefined) throw unknownLayerError(folder, unknown)
  const weights = await readWeights(folder, json)
  const graph = new Graph()
  const { shape, name, dtype } = inputOf(network, folder, options)
  const isFirst = options.layout === 'nchw' && shape.length > 1
  const input: Value = {
    name: graph.unique(options.inputName ?? name),
    shape,
    stored: isFirst ? 'channels-first' : 'plain',
  }
  const values = buildNetwork({ folder, graph, weights }, network, [input])
  const arranged = arrange(network, values, options)
  const outputs = arranged.map(({ place }) => {
    const value = values[place] as Value
    const isKept = isFirst && value.shape.length > 1
    return isKept ? graph.channelsFirst(value) : graph.plain(value)
  })
  const names = arranged.map((output) => graph.unique(output.name))
  const producer = options.producer ?? { name: 'ddnn', version: '' }
  const { metadata = {} } = options
  const tensors = { input: tensorOf(input), outputs: outputs.map(tensorOf) }
  return {
    ...finish(graph, tensors, names, { name: basename(folder), producer, metadata }),
    inputDtype: dtype,
  }
}

function finish(
  graph: Graph,
  { input, outputs }: { readonly input: GraphTensor; readonly outputs: readonly GraphTensor[] },
  names: readonly string[],
  head: Pick<Parameters<typeof encodeModel>[0], 'name' | 'producer' | 'metadata'>,
): Omit<CompiledModel, 'inputDtype'> {
  const leaving = outputs.map(({ name }) => name)
  foldPadding(graph, leaving)
  foldAffine(graph, leaving)
  nameOutputs(graph, leaving, names, [input.name])
  const named = outputs.map(({ shape }, i): GraphTensor => ({ name: names[i] ?? '', shape }))
  const bytes = encodeModel({
    ...head,
    ...keepNeeded(graph, names),
    inputs: [input],
    outputs: named,
  })
  return { bytes, input, outputs: named, inputName: input.name, outputNames: names }
}

function tensorOf(value: Value): GraphTensor {
  return { name: value.name, shape: storedShape(value) }
}

function arrange(
  { outputs }: Network,
  values: readonly Value[],
  options: CompileOptions,
): readonly ArrangedOutput[] {
  if (options.arrange === undefined)
    return outputs.map(({ layer: name }, place) => ({ place, name }))
  return options.arrange(
    outputs.map(({ layer: name }, place) => ({ name, shape: values[place]?.shape ?? [] })),
  )
}

/** The model's one input, with open axes filled in. */
function inputOf(
  network: Network,
  folder: string,
  { fill = (shape) => shape }: CompileOptions,
): { readonly name: string; readonly shape: Shape; readonly dtype: string } {
  const [ref, ...more] = network.inputs
  if (ref === undefined || more.length > 0) {
    const names = network.inputs.map(({ layer }) => layer).join(', ')
    throw damaged(
      `'${folder}' to have one input`,
      `${network.inputs.length} (${names})`,
      'A tier hands one tensor on to the next: export a network with one input',
    )
  }
  const settings = new Settings(inputConfigOf(network), ref.layer)
  const name = ['batch_input_shape', 'batch_shape'].find((key) => settings.get(key) !== undefined)
  if (name === undefined)
    throw damaged(`'${folder}' to say the shape of its input`, 'none', hintSize)
  const [, ...axes] = settings.list(name)
  const shape = fill(axes.map((axis) => (axis > 0 ? axis : -1)))
  if (shape.length === 0 || shape.some((axis) => axis < 0)) {
    const got = axes.map((axis) => (axis > 0 ? axis : '?')).join('x') || 'one of unknown size'
    throw damaged(`'${folder}' to take an input of fixed size`, got, hintSize)
  }
  const dtype = settings.get('dtype')
  return { name: ref.layer, shape, dtype: typeof dtype === 'string' ? dtype : 'float32' }
}

const hintSize = 'Say the size in its ddnn.json: { "format": 1, "input": [180, 180, 3] }'

function damaged(wanted: string, got: string, hint: string): ModelError {
  return new ModelError('DDNN_MODEL_DAMAGED', `Expected ${wanted}, got ${got}`, {
    hint,
  })
}
