// A part of an ONNX file as a file of its own: its nodes and weights as they were written, with inputs and
// outputs where it was cut, and the nodes of an exit. Numbers of fields: read-onnx.ts.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ModelError } from '../../../errors.ts'
import { makeFolder } from '../../../files/make-folder.ts'
import { dataTypeOf } from '../../onnx/data-types.ts'
import {
  field,
  infoMessage,
  initializerField,
  nodeMessage,
  textField,
} from '../../onnx/messages.ts'
import { joinModel } from '../../onnx/proto.ts'
import type { PartTensor, WholePart } from '../graph-form.ts'
import { nodesFor, type OpGraph } from '../op-graph.ts'
import { headNodes } from './exit-head.ts'
import type { OnnxModel, OnnxNode, OnnxValue } from './read-onnx.ts'
import { isExternal, readExternal } from './tensor-values.ts'

/** Of the file in a piece's folder. */
const pieceFile = 'model.onnx'

/** What a protocol buffer can hold. */
const mostBytes = 2 ** 31 - 1

interface OnnxNetwork {
  readonly model: OnnxModel
  readonly graph: OpGraph<OnnxNode>
}

/** @returns names of the outputs. */
export async function writeOnnxPart(
  folder: string,
  { model, graph }: OnnxNetwork,
  part: WholePart,
): Promise<readonly string[]> {
  const { from, outputs, head } = part
  const taken = from?.name ?? graph.input
  const nodes = nodesFor(
    graph,
    outputs.map(({ name }) => name),
    [taken],
  )
  const input = model.inputs.find(({ name }) => name === taken)
  const made = head === undefined ? undefined : headNodes(head.on, head.weights, graph)
  const given = part.isFeaturesGiven ? outputs : []
  const logits = made === undefined ? [] : [{ name: made.logits, type: 1 }]
  const fields = [
    ...nodes.map(({ bytes }) => field(1, bytes)),
    ...(made?.nodes ?? []).map((node) => field(1, nodeMessage(node))),
    textField(2, 'ddnn'),
    ...(await weightsOf(model, graph, nodes, outputs)),
    ...[...(made?.weights ?? [])].flatMap((weight) => initializerField(...weight)),
    field(
      11,
      input === undefined ? infoOf(from as PartTensor, part.batch) : inputInfo(input, part),
    ),
    ...given.map((tensor) => field(12, outputInfo(model, tensor, part))),
    ...logits.map(({ name }) => field(12, infoOf(logitsTensor(name), undefined))),
  ]
  await makeFolder(folder)
  await writeFile(join(folder, pieceFile), encode(model, fields))
  return [...given, ...logits].map(({ name }) => name)
}

function encode({ file, head }: OnnxModel, graph: readonly Uint8Array[]): Uint8Array {
  const length = graph.reduce((sum, { byteLength }) => sum + byteLength, 0)
  if (length > mostBytes) {
    throw new ModelError(
      'DDNN_MODEL_DAMAGED',
      `Expected a piece of '${file}' to have at most 2 GB, got ${Math.round(length / 1e6)} MB`,
      { hint: 'Cut the network at more tensors, or export it in float16' },
    )
  }
  return joinModel(Buffer.concat(head), graph)
}

/** The weights that these nodes take, those of graphs inside of them too; values of other files among them. */
async function weightsOf(
  model: OnnxModel,
  graph: OpGraph<OnnxNode>,
  nodes: readonly OnnxNode[],
  outputs: readonly PartTensor[],
): Promise<Uint8Array[]> {
  const names = new Set([
    ...nodes.flatMap(({ inputs }) => inputs),
    ...outputs.map(({ name }) => name),
  ])
  const fields: Uint8Array[] = []
  for (const name of names) {
    const weight = model.weights.get(name)
    if (weight === undefined || name === graph.input) continue
    const { tensor, raw } = weight
    if (tensor === undefined || !isExternal(tensor)) {
      fields.push(raw)
      continue
    }
    // Without where its values lie (13, 14): they follow as raw_data (9).
    const rest = tensor.fields.filter(({ number }) => ![9, 13, 14].includes(number))
    const values = field(9, await readExternal(model, tensor))
    fields.push(field(5, Buffer.concat([...rest.map((each) => each.raw), values])))
  }
  return fields
}

/** As the file has it, but for a batch that it leaves open and that only one number will do for. */
function inputInfo({ name, axes, type, bytes }: OnnxValue, { batch }: WholePart): Uint8Array {
  if (batch === undefined || axes[0] !== undefined) return bytes
  return infoOf({ name, shape: axes.slice(1), channels: 'last', dtype: dataTypeOf(type) }, batch)
}

function outputInfo({ outputs }: OnnxModel, tensor: PartTensor, { batch }: WholePart): Uint8Array {
  const own = outputs.find(({ name }) => name === tensor.name)
  if (own !== undefined && batch === undefined) return own.bytes
  // A runtime finds type and shape by itself where nothing is known yet.
  if (tensor.shape === undefined) return textField(1, tensor.name)
  return infoOf(tensor, batch)
}

function logitsTensor(name: string): PartTensor {
  return { name, shape: [undefined], channels: 'last', dtype: 'float32' }
}

function infoOf({ name, shape = [], dtype }: PartTensor, batch: number | undefined): Uint8Array {
  const axes = [batch, ...shape].map((size, i) => size ?? (i === 0 ? 'N' : `${name}_${i}`))
  return infoMessage(name, dtype, axes)
}
