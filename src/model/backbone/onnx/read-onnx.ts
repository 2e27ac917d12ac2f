// An ONNX file as a graph of named tensors; every node and weight keeps the bytes that it was written in.
// Source: onnx/onnx.proto of onnx 1.18; the numbers of its fields stand beside what is read.
import { readFile } from 'node:fs/promises'
import { ModelError } from '../../../errors.ts'
import { ProtoMessage } from '../../proto-message.ts'
import { sortNodes, type OpNode } from '../op-graph.ts'
import { inlineFunctions } from './inline-functions.ts'
import { assertNumbers, isExternal, type FilesBeside } from './tensor-values.ts'

export interface OnnxNode extends OpNode {
  /** '' of ONNX's own operations. */
  readonly domain: string
  /** AttributeProto by name. */
  readonly attributes: ReadonlyMap<string, ProtoMessage>
  /** The NodeProto. */
  readonly bytes: Buffer
}

interface OnnxTensor {
  readonly shape: readonly number[]
  /** The field of the graph that it stands in, tag and all: initializer (5) or sparse_initializer (15). */
  readonly raw: Buffer
  /** The TensorProto; of a sparse one undefined. */
  readonly tensor: ProtoMessage | undefined
}

/** An input or output of the graph. */
export interface OnnxValue {
  readonly name: string
  /** TensorProto.DataType: 1 is float32. */
  readonly type: number
  /** The batch first; a name or nothing of an axis that is open. */
  readonly axes: readonly (number | undefined)[]
  /** The ValueInfoProto. */
  readonly bytes: Buffer
}

export interface OnnxModel {
  readonly file: string
  /** Fields of the ModelProto that each piece of it has too: versions, opsets, functions. */
  readonly head: readonly Buffer[]
  /** In order. */
  readonly nodes: readonly OnnxNode[]
  readonly weights: ReadonlyMap<string, OnnxTensor>
  /** Without the weights, which old files list among them. */
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  /** Files of weights that were read already, by path. */
  readonly beside: FilesBeside
}

/** ir_version, producer_name, producer_version, opset_import, functions. */
const headFields = [1, 2, 3, 8, 25]

/**
 * @throws DDNN_MODEL_MISSING when there is no such file.
 * @throws DDNN_MODEL_DAMAGED when it is no ONNX file, or one that is cut short.
 */
export async function readOnnx(file: string): Promise<OnnxModel> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new ModelError('DDNN_MODEL_MISSING', `Expected a model in '${file}', got no file`, {
      cause,
      hint: 'Name an .onnx file, or the folder of a model',
    })
  })
  return parseOnnx(file, bytes)
}

/**
 * @param file where weights beside it are looked for, and what messages name.
 * @throws DDNN_MODEL_DAMAGED as `readOnnx`.
 */
export function parseOnnx(file: string, bytes: Buffer): OnnxModel {
  if (bytes.toString('latin1', 0, 40).startsWith('version https://git-lfs')) {
    throw new ModelError('DDNN_MODEL_DAMAGED', `Expected '${file}' whole, got a Git LFS pointer`, {
      hint: 'Fetch the file itself: `git lfs pull` in its repository',
    })
  }
  try {
    return readModel(file, new ProtoMessage(bytes))
  } catch (cause) {
    if (cause instanceof ModelError) throw cause
    throw new ModelError(
      'DDNN_MODEL_DAMAGED',
      `Expected an ONNX model in '${file}', got ${bytes.length} bytes that are cut short, or of another kind`,
      { cause, hint: 'Copy the file again, or export the model again; see docs/models.md' },
    )
  }
}

function readModel(file: string, model: ProtoMessage): OnnxModel {
  const graph = model.message(7)
  if (graph === undefined) throw new RangeError('a file without a graph')
  const weights = new Map(graph.fields.flatMap((field) => readWeight(file, field)))
  const inputs = graph.all(11).map(({ bytes }) => readValue(bytes))
  return {
    file,
    head: model.fields.filter(({ number }) => headFields.includes(number)).map(({ raw }) => raw),
    nodes: sortNodes(inlineFunctions(model, graph).map(readNode)),
    weights,
    inputs: inputs.filter(({ name }) => !weights.has(name)),
    outputs: graph.all(12).map(({ bytes }) => readValue(bytes)),
    beside: new Map(),
  }
}

/** initializer (5), sparse_initializer (15); nothing of other fields of the graph. */
function readWeight(
  file: string,
  { number, bytes, raw }: ProtoMessage['fields'][number],
): readonly (readonly [string, OnnxTensor])[] {
  if (number === 15) {
    const sparse = new ProtoMessage(bytes)
    return [[sparse.message(1)?.text(8) ?? '', { shape: sparse.ints(3), raw, tensor: undefined }]]
  }
  if (number !== 5) return []
  const tensor = new ProtoMessage(bytes)
  if (!isExternal(tensor)) {
    // raw_data, or float_data
    assertNumbers(file, tensor, (tensor.last(9) ?? tensor.last(4))?.bytes)
  }
  return [[tensor.text(8), { shape: tensor.ints(1), raw, tensor }]]
}

function readNode(bytes: Buffer): OnnxNode {
  const node = new ProtoMessage(bytes)
  const attributes = new Map(node.messages(5).map((attribute) => [attribute.text(1), attribute]))
  return {
    name: node.text(3),
    op: node.text(4),
    domain: node.text(7).replace(/^ai\.onnx$/, ''),
    inputs: [...node.texts(1), ...[...attributes.values()].flatMap(takenInside)],
    outputs: node.texts(2).filter((name) => name !== ''),
    attributes,
    bytes,
  }
}

/** Tensors of the graph around it that a graph in an attribute takes: the branches of If, the body of Loop. */
function takenInside(attribute: ProtoMessage): readonly string[] {
  const graphs = [...attribute.messages(6), ...attribute.messages(11)]
  return graphs.flatMap((graph) => {
    const nodes = graph.all(1).map(({ bytes }) => readNode(bytes))
    const own = new Set([
      ...nodes.flatMap(({ outputs }) => outputs),
      ...graph.messages(5).map((tensor) => tensor.text(8)),
      ...graph.messages(11).map((input) => input.text(1)),
    ])
    const taken = [
      ...nodes.flatMap(({ inputs }) => inputs),
      ...graph.messages(12).map((output) => output.text(1)),
    ]
    return taken.filter((name) => name !== '' && !own.has(name))
  })
}

/** ValueInfoProto: name, type (2) of a tensor (1): elem_type, shape of dims. */
function readValue(bytes: Buffer): OnnxValue {
  const value = new ProtoMessage(bytes)
  const tensor = value.message(2)?.message(1)
  const axes = (tensor?.message(2)?.messages(1) ?? []).map((axis) => {
    const size = axis.int(1)
    return size > 0 ? size : undefined
  })
  return { name: value.text(1), type: tensor?.int(1) ?? 0, axes, bytes }
}
