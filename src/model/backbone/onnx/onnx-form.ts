// An ONNX file as a form of a backbone: what its operations cost, and where channels stand in it. ONNX's
// convolutions have them first, whatever the image has.
import { sizeOf } from '../../../domain/tensor.ts'
import { einsumMultiplyAdds } from '../einsum.ts'
import type { ChannelAxis, GraphForm, ShapeOf } from '../graph-form.ts'
import { lastOutput, onlyInput } from '../only-one.ts'
import type { OnnxModel, OnnxNode } from './read-onnx.ts'
import { dataTypeOf } from './data-types.ts'
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

const passedOn = /^(Identity|Cast|Reshape|Flatten|Squeeze|Unsqueeze|Dropout|Transpose)$/

/** @throws DDNN_MODEL_DAMAGED when it has not one input and one output. */
export function onnxForm(model: OnnxModel): GraphForm<OnnxNode> {
  const { file } = model
  const input = onlyInput(file, model.inputs)
  const { nodes } = model
  const output = lastOutput(file, nodes, input.name, model.outputs)
  const graph = { nodes, input: input.name, output }
  const [batch, ...shape] = input.axes
  const kernels = new Kernels(model)
  return {
    format: 'onnx',
    path: file,
    graph,
    input: { shape, batch, dtype: dataTypeOf(input.type) },
    channelsOf,
    countedBy: (node) => countedBy(node, kernels),
    multiplyAdds: (node, shapeOf) => multiplyAdds(node, kernels, shapeOf),
    isPassedOn: ({ op }) => passedOn.test(op),
    isConvolution: ({ op }) => op.includes('Conv'),
    write: (folder, part) => writeOnnxPart(folder, { model, graph }, part),
  }
}

function channelsOf(node: OnnxNode, given: ChannelAxis): ChannelAxis {
  if (channelsFirst.test(node.op)) return 'first'
  if (/^(Reshape|Flatten|Squeeze|Unsqueeze|Gemm|MatMul|Einsum|Gather)$/.test(node.op))
    return undefined
  if (node.op !== 'Transpose') return given
  const perm = node.attributes.get('perm')?.ints(8) ?? []
  if (given === undefined || perm.length < 3) return undefined
  const at = perm.indexOf(given === 'first' ? 1 : perm.length - 1)
  return at === 1 ? 'first' : at === perm.length - 1 ? 'last' : undefined
}

function countedBy(node: OnnxNode, kernels: Kernels): readonly string[] {
  if (node.op === 'Einsum') return node.inputs.filter((name) => kernels.shapeOf(name) === undefined)
  const at = kernelAt[node.op]
  const [output = ''] = node.outputs
  if (at === undefined) return []
  if (node.op === 'ConvTranspose') return node.inputs.slice(0, 1)
  // Of two tensors that are multiplied with each other, as attention does, one says how long a row is.
  return kernels.shapeOf(node.inputs[at] ?? '') === undefined
    ? [output, node.inputs[0] ?? '']
    : [output]
}

function multiplyAdds(node: OnnxNode, kernels: Kernels, shapeOf: ShapeOf): number {
  if (node.op === 'Einsum') {
    const shapes = node.inputs.map((name) => kernels.shapeOf(name) ?? shapeOf(name) ?? [])
    return einsumMultiplyAdds(node.attributes.get('equation')?.text(4) ?? '', shapes)
  }
  const at = kernelAt[node.op]
  if (at === undefined) return 0
  const kernel = kernels.shapeOf(node.inputs[at] ?? '')
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

/** Shapes of weights, through what only changes their type. */
class Kernels {
  readonly #shapes = new Map<string, readonly number[]>()

  constructor({ weights, nodes }: OnnxModel) {
    for (const [name, { shape }] of weights) this.#shapes.set(name, shape)
    for (const { op, inputs, outputs, attributes } of nodes) {
      const isSame = /^(Identity|Cast|DequantizeLinear|QuantizeLinear)$/.test(op)
      const shape =
        op === 'Constant'
          ? attributes.get('value')?.message(5)?.ints(1)
          : isSame
            ? this.#shapes.get(inputs[0] ?? '')
            : undefined
      if (shape !== undefined) this.#shapes.set(outputs[0] ?? '', shape)
    }
  }

  shapeOf(name: string): readonly number[] | undefined {
    return this.#shapes.get(name)
  }
}
