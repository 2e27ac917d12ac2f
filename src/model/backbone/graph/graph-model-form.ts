// A graph of TensorFlow's operations as a form of a backbone: what they cost, and where channels stand.
import { sizeOf } from '../../../domain/tensor.ts'
import { lastOutput, onlyInput } from '../only-one.ts'
import { einsumMultiplyAdds } from '../einsum.ts'
import type { ChannelAxis, GraphForm, ShapeOf } from '../graph-form.ts'
import { sortNodes } from '../op-graph.ts'
import {
  nodeName,
  tensorName,
  textOf,
  type GraphModelContent,
  type NodeJson,
  type TfNode,
} from './graph-json.ts'
import { writeGraphPart } from './write-graph.ts'

const convolution = /^(_?Fused)?(DepthwiseConv2dNative|Conv2D|Conv3D|Conv2DBackpropInput)/
const matrix = /^(_?Fused)?MatMul$|^BatchMatMul/
const layoutLost =
  /^(Shape|Reshape|Squeeze|ExpandDims|MatMul|_FusedMatMul|BatchMatMul.*|Einsum|Gather.*)$/

/** @throws DDNN_MODEL_DAMAGED when it has not one input and one output. */
export function graphModelForm(path: string, content: GraphModelContent): GraphForm<TfNode> {
  const nodes = sortNodes(toOpNodes(content.nodes))
  const input = onlyInput(path, content.inputs)
  const output = lastOutput(path, nodes, input.name, content.outputs)
  const graph = { nodes, input: input.name, output }
  const makers = new Map(nodes.map((node) => [node.name, node]))
  /** Of a weight, through what only hands it on. */
  const kernelOf = (tensor: string): readonly number[] | undefined => {
    const node = makers.get(nodeName(tensor))
    if (node?.op === 'Identity' || node?.op === 'Cast') return kernelOf(node.inputs[0] ?? '')
    return content.weights.get(nodeName(tensor))?.spec.shape
  }
  const [batch, ...shape] = input.axes
  return {
    format: 'tfjs-graph',
    path,
    graph,
    input: { shape, batch, dtype: input.dtype },
    channelsOf: (node, given) => channelsOf(node, given, content),
    channelsTaken: (node) => channelsOf(node, undefined, content),
    countedBy: (node) => countedBy(node),
    multiplyAdds: (node, shapeOf) => multiplyAdds(node, (name) => kernelOf(name) ?? shapeOf(name)),
    isConvolution: ({ op }) => convolution.test(op),
    write: (folder, part) => writeGraphPart(folder, { content, graph }, part),
  }
}

/** Without the inputs that only order what runs: nothing here has an effect beside its outputs. */
function toOpNodes(nodes: readonly NodeJson[]): readonly TfNode[] {
  const taken = new Set(nodes.flatMap(({ input = [] }) => input.map(tensorName)))
  const more = new Map<string, string[]>()
  for (const tensor of taken) {
    if (/:\d+$/.test(tensor))
      more.set(nodeName(tensor), [...(more.get(nodeName(tensor)) ?? []), tensor])
  }
  return nodes.map((json) => ({
    name: json.name,
    op: json.op,
    inputs: (json.input ?? []).filter((name) => !name.startsWith('^')).map(tensorName),
    outputs: [json.name, ...(more.get(json.name) ?? [])],
    json,
  }))
}

function channelsOf(node: TfNode, given: ChannelAxis, { weights }: GraphModelContent): ChannelAxis {
  const format = textOf(node.json.attr?.['data_format'])
  if (format.startsWith('NC')) return 'first'
  if (format.startsWith('N')) return 'last'
  if (layoutLost.test(node.op)) return undefined
  if (node.op !== 'Transpose') return given
  const bytes = weights.get(nodeName(node.inputs[1] ?? ''))?.bytes
  if (bytes === undefined || given === undefined) return undefined
  const perm = [...new Int32Array(Uint8Array.from(bytes).buffer)]
  const at = perm.indexOf(given === 'first' ? 1 : perm.length - 1)
  return at === perm.length - 1 ? 'last' : at === 1 ? 'first' : undefined
}

function countedBy({ op, inputs, outputs: [output = ''] }: TfNode): readonly string[] {
  if (op === 'Conv2DBackpropInput') return inputs.slice(2, 3)
  if (convolution.test(op)) return [output]
  if (/^BatchMatMul/.test(op)) return [output, ...inputs.slice(0, 1)]
  if (op === 'Einsum') return inputs
  return matrix.test(op) ? [output] : []
}

function multiplyAdds(node: TfNode, shapeOf: ShapeOf): number {
  const { op, inputs, outputs, json } = node
  const [first = '', second = '', third = ''] = inputs
  const output = shapeOf(outputs[0] ?? '') ?? []
  if (convolution.test(op)) {
    const places = op === 'Conv2DBackpropInput' ? (shapeOf(third) ?? []) : output
    const isFirst = textOf(json.attr?.['data_format']).startsWith('NC')
    const area = places.filter((_, axis) => axis !== (isFirst ? 1 : places.length - 1))
    return sizeOf(area) * sizeOf(shapeOf(second) ?? [0])
  }
  if (op === 'Einsum') {
    return einsumMultiplyAdds(
      textOf(json.attr?.['equation']),
      inputs.map((name) => shapeOf(name) ?? []),
    )
  }
  if (!matrix.test(op)) return 0
  const isTurned = json.attr?.['transpose_b']?.b === true
  const kernel = shapeOf(second)
  const length = /^Batch/.test(op) ? undefined : kernel?.at(isTurned ? -1 : -2)
  const isFirstTurned = json.attr?.['adj_x']?.b === true
  return sizeOf(output) * (length ?? shapeOf(first)?.at(isFirstTurned ? -2 : -1) ?? 0)
}
