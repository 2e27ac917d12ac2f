// An exit in ONNX: the average over the places of each channel, and dense layers of it. Made of operations
// that are the same in every opset from 7 on.
import type { Dense, ExitHead } from '../backbone.ts'
import { freeScope } from '../free-scope.ts'
import type { PartTensor } from '../graph-form.ts'
import type { OpGraph } from '../op-graph.ts'
import { floatWeight, intAttribute, intsAttribute, nodeOf } from './fields.ts'

export interface HeadNodes {
  /** NodeProto, in order. */
  readonly nodes: readonly Uint8Array[]
  /** Fields of the graph. */
  readonly weights: readonly Uint8Array[]
  /** Name of the tensor `[batch, classes]`. */
  readonly logits: string
}

/** @param graph whose tensors' names are taken. */
export function headNodes(on: PartTensor, head: ExitHead, graph: OpGraph): HeadNodes {
  const scope = freeScope(graph)
  const nodes: Uint8Array[] = []
  const weights: Uint8Array[] = []
  const add = (op: string, inputs: readonly string[], name: string, attributes?: Uint8Array[]) => {
    nodes.push(nodeOf(op, inputs, `${scope}${name}`, attributes))
    return `${scope}${name}`
  }
  const dense = (input: string, { kernel, bias }: Dense, name: string) => {
    const units = bias.length
    weights.push(floatWeight(`${scope}${name}_kernel`, [kernel.length / units, units], kernel))
    weights.push(floatWeight(`${scope}${name}_bias`, [units], bias))
    return add('Gemm', [input, `${scope}${name}_kernel`, `${scope}${name}_bias`], name)
  }
  const isFloat32 = on.dtype === 'float32'
  let value = isFloat32 ? on.name : add('Cast', [on.name], 'float32', [intAttribute('to', 1)])
  const rank = on.shape?.length ?? 1
  if (rank > 1) {
    if (on.channels === 'last') {
      const area = Array.from({ length: rank - 1 }, (_, i) => i + 1)
      value = add('Transpose', [value], 'turned', [intsAttribute('perm', [0, rank, ...area])])
    }
    value = add('GlobalAveragePool', [value], 'average')
    value = add('Flatten', [value], 'channels', [intAttribute('axis', 1)])
  }
  if (head.hidden !== undefined) {
    value = add('Relu', [dense(value, head.hidden, 'hidden')], 'relu')
  }
  return { nodes, weights, logits: dense(value, head.logits, 'logits') }
}
