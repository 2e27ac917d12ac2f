// An ONNX file as a form of a backbone: what its operations cost, and where channels stand in it. ONNX's
// convolutions have them first, whatever the image has.
import { sizeOf } from '../../../domain/tensor.ts'
import { einsumMultiplyAdds } from '../einsum.ts'
import type { ChannelAxis, GraphForm, ShapeOf } from '../graph-form.ts'
import { lastOutput, onlyInput } from '../only-one.ts'
import type { OpGraph } from '../op-graph.ts'
import type { OnnxModel, OnnxNode, OnnxValue } from './read-onnx.ts'
import { Constants } from './constants.ts'
import { dataTypeOf } from '../../onnx/data-types.ts'
import { writeOnnxPart } from './write-onnx.ts'

/** Channels stand after the batch in what these take and give. */
const channelsFirst =
  /^(Conv|ConvTranspose|ConvInteger|QLinearConv|FusedConv|MaxPool|AveragePool|LpPool|Global\w+Pool|QLinear\w+Pool|BatchNormalization|InstanceNormalization|GroupNormalization|LRN|DepthToSpace|SpaceToDepth)$/

/** The place of the kernel among the inputs of what multiplies. */
const kernelAt: Readonly<Record<string, number>> = {
  Conv: 1,
  FusedConv: 1,
  ConvInteger: 1,
  ConvTranspose: 1,
  QLinearConv: 3,
  Gemm: 1,
  FusedGemm: 1,
  MatMul: 1,
  FusedMatMul: 1,
  MatMulInteger: 1,
  QLinearMatMul: 3,
}

const layoutLost =
  /^(Shape|Size|Reshape|Flatten|Squeeze|Unsqueeze|Gemm|\w*MatMul\w*|Einsum|Gather\w*)$/

/** @throws DDNN_MODEL_DAMAGED when it has not one input and one output. */
export function onnxForm(model: OnnxModel): GraphForm<OnnxNode> {
  const { file } = model
  const input = onlyInput(file, model.inputs)
  const { nodes } = model
  const outputs = model.outputs.map(({ name, type }) => ({ name, dtype: dataTypeOf(type) }))
  const output = lastOutput(file, nodes, input.name, outputs)
  const graph = { nodes, input: input.name, output }
  const constants = new Constants(model)
  const [batch, ...axes] = input.axes
  const shape = withChannels(axes, graph, constants)
  return {
    format: 'onnx',
    path: file,
    graph,
    input: { shape, batch, dtype: dataTypeOf(input.type) },
    channelsOf: (node, given) => channelsOf(node, given, constants),
    channelsTaken: (node) => channelsTaken(node, constants),
    countedBy: (node) => countedBy(node, constants),
    multiplyAdds: (node, shapeOf) => multiplyAdds(node, constants, shapeOf),
    isConvolution: ({ op }) => op.includes('Conv'),
    write: (folder, part) => writeOnnxPart(folder, { model, graph }, part),
  }
}

/** An image's channels that the file leaves open are those that the first convolution takes. */
function withChannels(
  shape: OnnxValue['axes'],
  { nodes, input }: OpGraph<OnnxNode>,
  constants: Constants,
): OnnxValue['axes'] {
  if (shape.length !== 3 || shape.some((axis) => axis !== undefined)) return shape
  const onTheWay = new Set([input])
  for (const { op, inputs, outputs, attributes } of nodes) {
    if (!inputs.some((name) => onTheWay.has(name))) continue
    if (op === 'Conv') {
      const inGroup = constants.shapeOf(inputs[1] ?? '')?.[1]
      return [inGroup && inGroup * (attributes.get('group')?.int(3) ?? 1), ...shape.slice(1)]
    }
    if (!/^(Cast|Identity|Mul|Div|Sub|Add|BatchNormalization)$/.test(op)) return shape
    for (const name of outputs) onTheWay.add(name)
  }
  return shape
}

function channelsOf(node: OnnxNode, given: ChannelAxis, constants: Constants): ChannelAxis {
  const { op, attributes } = node
  if (channelsFirst.test(op)) return 'first'
  if (channelsLast(node, constants)) return 'last'
  if (layoutLost.test(op)) return undefined
  if (op !== 'Transpose') return given
  const perm = attributes.get('perm')?.ints(8) ?? []
  if (given === undefined || perm.length < 3) return undefined
  const at = perm.indexOf(given === 'first' ? 1 : perm.length - 1)
  return at === 1 ? 'first' : at === perm.length - 1 ? 'last' : undefined
}

/** What is normalised over its last axis, or multiplied with a matrix of weights. */
function channelsLast({ op, inputs, attributes }: OnnxNode, constants: Constants): boolean {
  if (op === 'LayerNormalization') return (attributes.get('axis')?.int(3) ?? -1) === -1
  return /MatMul/.test(op) && constants.shapeOf(inputs[kernelAt[op] ?? 1] ?? '') !== undefined
}

/** An average over all but the channels says which those are, and one that keeps a last axis of 1 is part of a norm. */
function channelsTaken(node: OnnxNode, constants: Constants): ChannelAxis {
  if (!/^Reduce(Mean|Max|L2)$/.test(node.op)) return channelsOf(node, undefined, constants)
  const { inputs, attributes } = node
  const axes = attributes.get('axes')?.ints(8) ?? constants.intsOf(inputs[1] ?? '') ?? []
  if (axes.length === 0 || axes.includes(0)) return undefined
  const isKept = (attributes.get('keepdims')?.int(3) ?? 1) === 1
  const [only = 0, ...more] = axes
  if (isKept && more.length === 0) return only === -1 || only > 1 ? 'last' : undefined
  return axes.includes(1) || !axes.some((axis) => axis > 0 || axis === -1) ? 'last' : 'first'
}

function countedBy(node: OnnxNode, constants: Constants): readonly string[] {
  if (node.op === 'Einsum')
    return node.inputs.filter((name) => constants.shapeOf(name) === undefined)
  const at = kernelAt[node.op]
  const [output = ''] = node.outputs
  if (at === undefined) return []
  if (node.op === 'ConvTranspose') return node.inputs.slice(0, 1)
  // Of two tensors that are multiplied with each other, as attention does, one says how long a row is.
  return constants.shapeOf(node.inputs[at] ?? '') === undefined
    ? [output, node.inputs[0] ?? '']
    : [output]
}

function multiplyAdds(node: OnnxNode, constants: Constants, shapeOf: ShapeOf): number {
  if (node.op === 'Einsum') {
    const shapes = node.inputs.map((name) => constants.shapeOf(name) ?? shapeOf(name) ?? [])
    return einsumMultiplyAdds(node.attributes.get('equation')?.text(4) ?? '', shapes)
  }
  const at = kernelAt[node.op]
  if (at === undefined) return 0
  const kernel = constants.shapeOf(node.inputs[at] ?? '')
  const output = shapeOf(node.outputs[0] ?? '') ?? []
  if (/Conv/.test(node.op)) {
    const places = node.op === 'ConvTranspose' ? (shapeOf(node.inputs[0] ?? '') ?? []) : output
    const [samples = 1, , ...area] = places
    return samples * sizeOf(area) * sizeOf(kernel ?? [])
  }
  if (kernel === undefined) return sizeOf(output) * (shapeOf(node.inputs[0] ?? '')?.at(-1) ?? 0)
  return sizeOf(output) * rowLength(node, kernel)
}

/** How many products make one value of a matrix product. */
function rowLength(node: OnnxNode, kernel: readonly number[]): number {
  const isTurned = node.attributes.get('transB')?.int(3) === 1
  return kernel.at(isTurned ? -1 : -2) ?? kernel.at(-1) ?? 1
}
