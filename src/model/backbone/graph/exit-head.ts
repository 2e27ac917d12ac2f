// An exit in TensorFlow's operations: the average over the places of each channel, and dense layers of it.
import { freeName } from '../../free-name.ts'
import type { Dense, ExitHead } from '../backbone.ts'
import type { PartTensor } from '../graph-form.ts'
import { isScope, type OpGraph } from '../op-graph.ts'
import type { GraphWeight, NodeJson } from './graph-json.ts'

export interface HeadNodes {
  readonly nodes: readonly NodeJson[]
  readonly weights: readonly GraphWeight[]
  /** Name of the tensor `[batch, classes]`. */
  readonly logits: string
}

const float = { T: { type: 'DT_FLOAT' } }

/** @param graph whose nodes' names are taken. */
export function headNodes(on: PartTensor, head: ExitHead, graph: OpGraph): HeadNodes {
  const scope = `${freeName('exit', (name) => isScope(graph, name))}/`
  const nodes: NodeJson[] = []
  const weights: GraphWeight[] = []
  const add = (op: string, name: string, input: string[], attr: NodeJson['attr'] = {}) => {
    nodes.push({ name: `${scope}${name}`, op, input, attr: { ...float, ...attr } })
    return `${scope}${name}`
  }
  const constant = (name: string, shape: number[], values: Float32Array | Int32Array) => {
    const dtype = values instanceof Float32Array ? 'float32' : 'int32'
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    weights.push({ spec: { name: `${scope}${name}`, shape, dtype }, bytes })
    const type = dtype === 'float32' ? 'DT_FLOAT' : 'DT_INT32'
    nodes.push({ name: `${scope}${name}`, op: 'Const', input: [], attr: { dtype: { type } } })
    return `${scope}${name}`
  }
  const dense = (input: string, { kernel, bias }: Dense, name: string) => {
    const units = bias.length
    const kernelName = constant(`${name}_kernel`, [kernel.length / units, units], kernel)
    const isPlain = { transpose_a: { b: false }, transpose_b: { b: false } }
    const product = add('MatMul', `${name}_product`, [input, kernelName], isPlain)
    return add('BiasAdd', name, [product, constant(`${name}_bias`, [units], bias)])
  }
  let value = on.name
  const rank = on.shape?.length ?? 1
  if (rank > 1) {
    const first = on.channels === 'first' ? 2 : 1
    const places = Int32Array.from({ length: rank - 1 }, (_, i) => first + i)
    const axes = constant('places', [places.length], places)
    value = add('Mean', 'average', [value, axes], { keep_dims: { b: false } })
  }
  if (head.hidden !== undefined) value = add('Relu', 'relu', [dense(value, head.hidden, 'hidden')])
  return { nodes, weights, logits: dense(value, head.logits, 'logits') }
}
