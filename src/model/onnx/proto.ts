// The bytes of an ONNX file: just what a compiled graph needs of ModelProto. Its messages: messages.ts.
import { Writer } from 'protobufjs/minimal.js'
import type { Shape } from '../../domain/tensor.ts'
import type { Constant, GraphNode } from './graph.ts'
import {
  field,
  fieldHead,
  infoMessage,
  initializerField,
  key,
  nodeMessage,
  textField,
} from './messages.ts'

/** Read by onnxruntime from 1.14 on. */
const irVersion = 8
const opset = 17

/** float32, `[N, ...shape]`; the batch is of any size. */
export interface GraphTensor {
  readonly name: string
  /** Of one sample. */
  readonly shape: Shape
}

interface ModelContent {
  readonly name: string
  readonly producer: { readonly name: string; readonly version: string }
  readonly inputs: readonly GraphTensor[]
  readonly outputs: readonly GraphTensor[]
  readonly nodes: readonly GraphNode[]
  readonly constants: ReadonlyMap<string, Constant>
  /** What the file says of itself beside the graph, by name. */
  readonly metadata: Readonly<Record<string, string>>
}

/** A whole ModelProto. Weights are copied once, straight into it, rather than through a growing writer. */
export function encodeModel(content: ModelContent): Uint8Array {
  const graph = [
    ...content.nodes.map((node) => field(1, nodeMessage(node))),
    textField(2, content.name),
    ...content.inputs.map((tensor) => field(11, infoOf(tensor))),
    ...content.outputs.map((tensor) => field(12, infoOf(tensor))),
    ...[...content.constants].flatMap((constant) => initializerField(...constant)),
  ]
  return joinModel(writeHead(content).finish(), graph)
}

/** @param head all fields of the ModelProto but its graph. @param graph fields of the graph. */
export function joinModel(head: Uint8Array, graph: readonly Uint8Array[]): Uint8Array {
  const length = graph.reduce((sum, { byteLength }) => sum + byteLength, 0)
  return Buffer.concat([head, fieldHead(7, length), ...graph])
}

function infoOf({ name, shape }: GraphTensor): Uint8Array {
  return infoMessage(name, 'float32', ['N', ...shape])
}

function writeHead({ producer, metadata }: ModelContent): Writer {
  const writer = new Writer()
  writer.uint32(key(1, 0)).int64(irVersion) // ir_version
  writer.uint32(key(2, 2)).string(producer.name) // producer_name
  writer.uint32(key(3, 2)).string(producer.version) // producer_version
  message(writer, 8, () => {
    writer.uint32(key(1, 2)).string('') // opset_import.domain
    writer.uint32(key(2, 0)).int64(opset) // opset_import.version
  })
  for (const [name, value] of Object.entries(metadata)) {
    message(writer, 14, () => {
      writer.uint32(key(1, 2)).string(name) // metadata_props.key
      writer.uint32(key(2, 2)).string(value) // metadata_props.value
    })
  }
  return writer
}

function message(writer: Writer, field: number, write: () => void): void {
  writer.uint32(key(field, 2)).fork()
  write()
  writer.ldelim()
}
