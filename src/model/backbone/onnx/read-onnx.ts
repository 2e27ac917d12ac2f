// An ONNX file as a graph of named tensors; every node and weight keeps the bytes that it was written in.
// Source: onnx/onnx.proto of onnx 1.18; the numbers of its fields stand beside what is read.
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ModelError } from '../../../errors.ts'
import { ProtoMessage } from '../proto-message.ts'
import { sortNodes, type OpNode } from '../op-graph.ts'

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
  /** The TensorProto, where its values lie in another file. */
  readonly external: ProtoMessage | undefined
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
  /** Of ONNX's own operations. */
  readonly opset: number
  /** In order. */
  readonly nodes: readonly OnnxNode[]
  readonly weights: ReadonlyMap<string, OnnxTensor>
  /** Without the weights, which old files list among them. */
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  /** Files of weights that were read already, by path. */
  readonly beside: Map<string, Promise<Buffer>>
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
  const weights = new Map<string, OnnxTensor>()
  for (const field of graph.fields) {
    if (field.number !== 5 && field.number !== 15) continue
    const tensor = new ProtoMessage(field.bytes)
    const values = field.number === 15 ? (tensor.message(1) ?? tensor) : tensor
    weights.set(values.text(8), {
      shape: field.number === 15 ? tensor.ints(3) : tensor.ints(1),
      raw: field.raw,
      external: tensor.int(14) === 1 && field.number === 5 ? tensor : undefined,
    })
  }
  const inputs = graph.all(11).map(({ bytes }) => readValue(bytes))
  const opsets = model.messages(8)
  const own = opsets.find((opset) => ['', 'ai.onnx'].includes(opset.text(1)))
  return {
    file,
    head: model.fields.filter(({ number }) => headFields.includes(number)).map(({ raw }) => raw),
    opset: own?.int(2) ?? 1,
    nodes: sortNodes(graph.all(1).map(({ bytes }) => readNode(bytes))),
    weights,
    inputs: inputs.filter(({ name }) => !weights.has(name)),
    outputs: graph.all(12).map(({ bytes }) => readValue(bytes)),
    beside: new Map(),
  }
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

/** Values of a weight that lie in another file beside the model's. @throws DDNN_MODEL_DAMAGED */
export async function readExternal(model: OnnxModel, tensor: ProtoMessage): Promise<Buffer> {
  const entries = tensor.messages(13).map((entry) => [entry.text(1), entry.text(2)] as const)
  const {
    location = '',
    offset = '0',
    length,
  } = Object.fromEntries(entries) as {
    location?: string
    offset?: string
    length?: string
  }
  const path = join(dirname(model.file), location)
  const whole = await readBeside(model, path)
  const end = length === undefined ? whole.length : Number(offset) + Number(length)
  if (end <= whole.length) return whole.subarray(Number(offset), end)
  throw new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected ${end} bytes of weights in '${path}', got ${whole.length}`,
    { hint: 'Copy the .onnx file together with the files of weights beside it' },
  )
}

/** All weights of a model mostly lie in one file, which is read once. */
async function readBeside({ beside }: OnnxModel, path: string): Promise<Buffer> {
  const bytes = beside.get(path) ?? readFile(path)
  beside.set(path, bytes)
  try {
    return await bytes
  } catch (cause) {
    throw new ModelError('DDNN_MODEL_DAMAGED', `Expected weights in '${path}', got no file`, {
      cause,
      hint: 'Copy the .onnx file together with the files of weights beside it',
    })
  }
}
