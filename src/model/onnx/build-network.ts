// Walks a network from its outputs back, and has each call of a layer add its nodes once. Layers that no
// output needs are never looked at.
import { ModelError } from '../../errors.ts'
import type { Graph } from './graph.ts'
import { layerKinds } from './layers/table.ts'
import { Settings } from './settings.ts'
import { firstCallOf, type LayerSpec, type Network, type TensorRef } from './topology.ts'
import { unknownLayerError } from './unknown-layers.ts'
import type { Value } from './value.ts'
import type { WeightStore } from './weight-store.ts'

interface BuildContext {
  readonly folder: string
  readonly graph: Graph
  readonly weights: WeightStore
}

/**
 * Values of a network's outputs, in their order.
 * @throws DDNN_MODEL_DAMAGED when layers or weights do not fit each other.
 */
export function buildNetwork(
  context: BuildContext,
  network: Network,
  inputs: readonly Value[],
): readonly Value[] {
  const made = new Map<string, readonly Value[]>()
  const underWay = new Set<string>()
  const valueOf = ({ layer, call, output }: TensorRef): Value => {
    const key = `${call} ${layer}`
    const known = made.get(key)
    if (known === undefined && underWay.has(key)) throw unfit(context, layer, 'itself as input')
    underWay.add(key)
    const values = known ?? outputsOf(layer, call)
    made.set(key, values)
    const value = values[output]
    if (value === undefined) throw unfit(context, layer, `no output ${output}`)
    return value
  }
  const outputsOf = (name: string, call: number): readonly Value[] => {
    const place = network.inputs.findIndex((input) => input.layer === name)
    if (place >= 0) return inputs.slice(place, place + 1)
    const layer = network.layers.get(name)
    if (layer === undefined) throw unfit(context, name, 'no such layer')
    const spec = layer.calls[call - firstCallOf(network, layer)]
    if (spec === undefined) throw unfit(context, name, `no call ${call}`)
    return callLayer(context, layer, spec.inputs.map(valueOf))
  }
  return network.outputs.map(valueOf)
}

function callLayer(
  context: BuildContext,
  layer: LayerSpec,
  inputs: readonly Value[],
): readonly Value[] {
  const { graph, weights } = context
  const { name, className, config, network } = layer
  if (network !== undefined) return buildNetwork(context, network, inputs)
  const kind = layerKinds[className]
  const [first, ...rest] = inputs
  if (first === undefined) throw unfit(context, name, 'no input')
  if (kind === undefined) throw unfit(context, name, className)
  graph.scope = name
  const value = kind.apply({
    name,
    settings: new Settings(config, name),
    graph,
    inputs: [first, ...rest],
    weight: (weight, shape) => weights.get(name, weight, shape),
    refusal: (what) => unknownLayerError(context.folder, { className, name, what }),
  })
  const odd = value.shape.find((axis) => !Number.isInteger(axis) || axis < 1)
  if (odd !== undefined) throw unfit(context, name, `an output of ${value.shape.join('x')}`)
  return [value]
}

function unfit({ folder }: BuildContext, layer: string, got: string): ModelError {
  return new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected layer '${layer}' of '${folder}' to fit its network, got ${got}`,
    { hint: 'Copy the model folder again, or train it again with `ddnn train`' },
  )
}
