// A layers model as one list of calls: models within it are opened, so that it can be cut inside of them too.
import type { LayersModel, SymbolicTensor } from '../../networks/network.ts'
import { freeName } from '../../free-name.ts'
import type { OpNode } from '../op-graph.ts'

export type Layer = LayersModel['layers'][number]

/** One call of a layer. */
export interface LayerCall extends OpNode {
  readonly layer: Layer
  /** What it is called with beside tensors. */
  readonly settings: SymbolicTensor['callArgs'] | undefined
}

interface FlatLayers {
  /** Each after those whose tensors it takes. */
  readonly calls: readonly LayerCall[]
  /** Names of the tensors that the model gives. */
  readonly outputs: readonly string[]
}

/** A model within a model: a layer that has layers, inputs and outputs itself. */
interface Inner {
  readonly inputs: readonly SymbolicTensor[]
  readonly outputs: readonly SymbolicTensor[]
}

export function flattenLayers(model: LayersModel, input: string): FlatLayers {
  const calls: LayerCall[] = []
  const names = new Set([input])

  const open = (inner: Inner, given: readonly string[]): readonly string[] => {
    const known = new Map(inner.inputs.map((tensor, i) => [tensor.id, given[i] ?? '']))
    return inner.outputs.map((tensor) => nameOf(tensor, known))
  }
  const nameOf = (tensor: SymbolicTensor, known: Map<number, string>): string => {
    const name = known.get(tensor.id)
    if (name !== undefined) return name
    const layer = tensor.sourceLayer
    const node = layer.inboundNodes[tensor.nodeIndex]
    const inputs = (node?.inputTensors ?? []).map((each) => nameOf(each, known))
    const outputs = isInner(layer) ? open(layer, inputs) : addCall(layer, inputs, node)
    node?.outputTensors.forEach((each, i) => known.set(each.id, outputs[i] ?? ''))
    return known.get(tensor.id) ?? ''
  }
  const addCall = (
    layer: Layer,
    inputs: readonly string[],
    node: Layer['inboundNodes'][number] | undefined,
  ): readonly string[] => {
    // A layer that is called twice gives two tensors.
    const name = freeName(layer.name, (each) => names.has(each))
    names.add(name)
    const outputs = (node?.outputTensors ?? []).map((_, i) => (i === 0 ? name : `${name}:${i}`))
    const settings = node?.callArgs
    calls.push({ name, op: kindOf(layer), inputs, outputs, layer, settings })
    return outputs
  }
  return { outputs: open(model, [input]), calls }
}

function isInner(layer: object): layer is Inner {
  return 'layers' in layer && 'outputs' in layer
}

/** 'Conv2D', and 'Conv2D relu' where it has an activation of its own. */
function kindOf(layer: Layer): string {
  const kind = layer.getClassName()
  const activation = activationOf(layer)
  return activation === undefined || kind === 'Softmax' ? kind : `${kind} ${activation}`
}

/** 'relu'; undefined of a layer that has none, or none that does anything. */
export function activationOf(layer: Layer): string | undefined {
  const said = layer.getConfig()['activation']
  const name =
    typeof said === 'object' && said !== null && 'className' in said ? said.className : said
  return typeof name === 'string' && name !== 'linear' ? name.toLowerCase() : undefined
}
