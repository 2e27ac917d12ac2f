// An exit in ONNX: the average over the places of each channel, and dense layers of it. Made of operations
// that are the same in every opset from 7 on.
import { freeName } from '../../free-name.ts'
import type { Attributes, Constant, GraphNode } from '../../onnx/graph.ts'
import type { Dense, ExitHead } from '../backbone.ts'
import type { PartTensor } from '../graph-form.ts'
import { isScope, type OpGraph } from '../op-graph.ts'

export interface HeadNodes {
  /** In order. */
  readonly nodes: readonly GraphNode[]
  readonly weights: ReadonlyMap<string, Constant>
  /** Name of the tensor `[batch, classes]`. */
  readonly logits: string
}

/** @param graph whose tensors' names are taken. */
export function headNodes(on: PartTensor, head: ExitHead, graph: OpGraph): HeadNodes {
  const scope = freeName('exit', (name) => isScope(graph, name))
  const nodes: GraphNode[] = []
  const weights = new Map<string, Constant>()
  const add = (op: string, inputs: readonly string[], part: string, attributes?: Attributes) => {
    const name = `${scope}/${part}`
    nodes.push({ name, op, inputs, output: name, attributes: attributes ?? {} })
    return name
  }
  const weight = (part: string, shape: readonly number[], floats: Float32Array) => {
    weights.set(`${scope}/${part}`, { shape, floats })
    return `${scope}/${part}`
  }
  const dense = (input: string, { kernel, bias }: Dense, name: string) => {
    const units = bias.length
    const product = weight(`${name}_kernel`, [kernel.length / units, units], kernel)
    return add('Gemm', [input, product, weight(`${name}_bias`, [units], bias)], name)
  }
  const isFloat32 = on.dtype === 'float32'
  let value = isFloat32 ? on.name : add('Cast', [on.name], 'float32', { to: { int: 1 } })
  const rank = on.shape?.length ?? 1
  if (rank > 1) {
    if (on.channels === 'last') {
      const area = Array.from({ length: rank - 1 }, (_, i) => i + 1)
      value = add('Transpose', [value], 'turned', { perm: { ints: [0, rank, ...area] } })
    }
    value = add('GlobalAveragePool', [value], 'average')
    value = add('Flatten', [value], 'channels', { axis: { int: 1 } })
  }
  if (head.hidden !== undefined) {
    value = add('Relu', [dense(value, head.hidden, 'hidden')], 'relu')
  }
  return { nodes, weights, logits: dense(value, head.logits, 'logits') }
}
