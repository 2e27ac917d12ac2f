// The layers of a tfjs model and how they hang together, of any of its forms: Functional and Sequential,
// models within models, written by tfjs, Keras 2 or Keras 3.
import { z } from 'zod'
import { ModelError } from '../../errors.ts'

/** One output of one call of a layer. */
export interface TensorRef {
  readonly layer: string
  readonly call: number
  readonly output: number
}

interface LayerCallSpec {
  readonly inputs: readonly TensorRef[]
  /** Whether it is called as in training, whatever the model is asked for. */
  readonly isTraining: boolean
  /** As Keras 3 has them, numbers among the tensors; undefined of other forms. */
  readonly args?: readonly unknown[] | undefined
}

export interface LayerSpec {
  readonly name: string
  readonly className: string
  readonly config: Readonly<Record<string, unknown>>
  readonly calls: readonly LayerCallSpec[]
  /** Of a model within the model. */
  readonly network?: Network
}

export interface Network {
  readonly layers: ReadonlyMap<string, LayerSpec>
  readonly inputs: readonly TensorRef[]
  readonly outputs: readonly TensorRef[]
}

const object = z.record(z.string(), z.unknown())
const layerJson = z.looseObject({
  name: z.string().optional(),
  class_name: z.string(),
  config: z.unknown(),
  inbound_nodes: z.array(z.unknown()).optional(),
})
const refJson = z
  .tuple([z.string(), z.int().nonnegative(), z.int().nonnegative()])
  .rest(z.unknown())
const functionalJson = z.looseObject({
  layers: z.array(layerJson),
  input_layers: z.unknown(),
  output_layers: z.unknown(),
})
const sequentialJson = z.union([
  z.array(layerJson),
  z.looseObject({ layers: z.array(layerJson) }).transform(({ layers }) => layers),
])

type LayerJson = z.infer<typeof layerJson>

const functionalNames = ['Functional', 'Model', 'LayersModel']

/**
 * Reads `modelTopology` of a model.json.
 * @throws DDNN_MODEL_DAMAGED when it is not one of layers.
 */
export function parseTopology(
  topology: Readonly<Record<string, unknown>>,
  folder: string,
): Network {
  const model = topology['model_config'] ?? topology
  try {
    const json = layerJson.parse(typeof model === 'string' ? JSON.parse(model) : model)
    const network = parseNetwork(json)
    if (network === undefined) throw new Error(`a ${json.class_name}`)
    return network
  } catch (cause) {
    if (cause instanceof ModelError) throw cause
    const got = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message
    throw new ModelError(
      'DDNN_MODEL_DAMAGED',
      `Expected layers of a network in '${folder}', got ${got.split('\n')[0]}`,
      { cause, hint: 'Copy the model folder again, or train it again with `ddnn train`' },
    )
  }
}

/** undefined where it is no model. */
function parseNetwork({ class_name: className, config }: LayerJson): Network | undefined {
  if (className === 'Sequential') return parseSequential(sequentialJson.parse(config))
  if (functionalNames.includes(className)) return parseFunctional(functionalJson.parse(config))
  return undefined
}

function parseFunctional(json: z.infer<typeof functionalJson>): Network {
  const layers = json.layers.map((layer) =>
    parseLayer(layer, (layer.inbound_nodes ?? []).map(parseCall)),
  )
  return {
    layers: new Map(layers.map((layer) => [layer.name, layer])),
    inputs: parseRefs(json.input_layers),
    outputs: parseRefs(json.output_layers),
  }
}

/** Each layer is called on the one before; the first one says the input's shape itself. */
function parseSequential(list: readonly LayerJson[]): Network {
  const [first] = list
  const layers: LayerSpec[] = []
  if (first !== undefined && first.class_name !== 'InputLayer') {
    const inner = parseNetwork(first)
    const config = inner === undefined ? object.parse(first.config) : inputConfigOf(inner)
    const name = `${nameOf(first)}_input`
    layers.push({ name, className: 'InputLayer', config, calls: [] })
  }
  for (const json of list) {
    const before = layers.at(-1)?.name
    const inputs = before === undefined ? [] : [{ layer: before, call: 0, output: 0 }]
    layers.push(parseLayer(json, before === undefined ? [] : [{ inputs, isTraining: false }]))
  }
  const refTo = (layer: LayerSpec | undefined): TensorRef[] => {
    if (layer === undefined) throw new Error('no layers')
    return [{ layer: layer.name, call: 0, output: 0 }]
  }
  return {
    layers: new Map(layers.map((layer) => [layer.name, layer])),
    inputs: refTo(layers[0]),
    outputs: refTo(layers.at(-1)),
  }
}

/** Settings of a network's first input. */
export function inputConfigOf({ layers, inputs }: Network): Readonly<Record<string, unknown>> {
  return layers.get(inputs[0]?.layer ?? '')?.config ?? {}
}

/** A model within a model counts its own making as call 0, unless it was made without an input. */
export function firstCallOf(network: Network, layer: LayerSpec): number {
  if (layer.network === undefined) return 0
  const calls = [...network.layers.values()].flatMap((other) => other.calls)
  const refs = [...calls.flatMap((call) => call.inputs), ...network.outputs]
  return refs.some((ref) => ref.layer === layer.name && ref.call === 0) ? 0 : 1
}

function parseLayer(json: LayerJson, calls: readonly LayerCallSpec[]): LayerSpec {
  const network = parseNetwork(json)
  const config = Array.isArray(json.config) ? {} : object.parse(json.config)
  const layer = { name: nameOf(json), className: json.class_name, config, calls }
  return network === undefined ? layer : { ...layer, network }
}

function nameOf({ name, class_name: className, config }: LayerJson): string {
  if (name !== undefined) return name
  const inner = Array.isArray(config) ? undefined : object.parse(config)['name']
  return typeof inner === 'string' ? inner : className
}

/**
 * Keras 2 and tfjs: a list of [layer, call, output, arguments]. Keras 3: the call's arguments, with a
 * `keras_history` of [layer, call, output] wherever a tensor stands.
 */
function parseCall(json: unknown): LayerCallSpec {
  if (!Array.isArray(json)) {
    const { args, kwargs } = object.parse(json)
    const isTraining = object.parse(kwargs ?? {})['training'] === true
    return { inputs: historiesIn(json), isTraining, args: z.array(z.unknown()).parse(args ?? []) }
  }
  const inputs = parseRefs(json)
  const named = json.map((item: unknown) =>
    Array.isArray(item) ? (item[3] as unknown) : undefined,
  )
  const isTraining = named.some((kwargs) => object.safeParse(kwargs).data?.['training'] === true)
  return { inputs, isTraining }
}

/** The tensors among the arguments of a call of Keras 3. */
export function historiesIn(json: unknown): readonly TensorRef[] {
  if (typeof json !== 'object' || json === null) return []
  const history = (json as Record<string, unknown>)['keras_history']
  return history === undefined ? Object.values(json).flatMap(historiesIn) : [parseRef(history)]
}

/** A list of references, or, in Keras 3, a single one. */
function parseRefs(json: unknown): readonly TensorRef[] {
  const list = z.array(z.unknown()).parse(json)
  return typeof list[0] === 'string' ? [parseRef(list)] : list.map(parseRef)
}

function parseRef(json: unknown): TensorRef {
  const [layer, call, output] = refJson.parse(json)
  return { layer, call, output }
}
