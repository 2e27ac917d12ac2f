// The bytes of an ONNX file: just what a compiled graph needs of ModelProto, written field by field.
// Source: onnx/onnx.proto of onnx 1.14; the numbers of its fields stand beside what is written.
import { Writer } from 'protobufjs/minimal.js'
import type { Shape } from '../../domain/tensor.ts'
import type { Attribute, Constant, GraphNode } from './graph.ts'

/** Read by onnxruntime from 1.14 on. */
const irVersion = 8
const opset = 17

const dataTypes = { float32: 1, int64: 7 } as const

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
  const graph = [writeGraph(content), ...[...content.constants].flatMap(writeInitializer)]
  const length = graph.reduce((sum, part) => sum + part.byteLength, 0)
  const head = writeHead(content).uint32(key(7, 2)).uint32(length).finish() // graph
  const model = new Uint8Array(head.byteLength + length)
  let at = 0
  for (const part of [head, ...graph]) {
    model.set(part, at)
    at += part.byteLength
  }
  return model
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

/** Tag of a field: 0 is a number, 2 has a length, 5 is a float32. */
function key(field: number, wireType: 0 | 2 | 5): number {
  return (field << 3) | wireType
}

function message(writer: Writer, field: number, write: () => void): void {
  writer.uint32(key(field, 2)).fork()
  write()
  writer.ldelim()
}

/** All of the graph but its constants. */
function writeGraph(content: ModelContent): Uint8Array {
  const writer = new Writer()
  for (const node of content.nodes) message(writer, 1, () => writeNode(writer, node))
  writer.uint32(key(2, 2)).string(content.name)
  for (const tensor of content.inputs) message(writer, 11, () => writeInfo(writer, tensor))
  for (const tensor of content.outputs) message(writer, 12, () => writeInfo(writer, tensor))
  return writer.finish()
}

function writeNode(writer: Writer, { inputs, output, name, op, attributes }: GraphNode): void {
  for (const input of inputs) writer.uint32(key(1, 2)).string(input)
  writer.uint32(key(2, 2)).string(output)
  writer.uint32(key(3, 2)).string(name)
  writer.uint32(key(4, 2)).string(op) // op_type
  for (const [attribute, value] of Object.entries(attributes)) {
    message(writer, 5, () => {
      writer.uint32(key(1, 2)).string(attribute)
      writeAttribute(writer, value)
    })
  }
}

function writeAttribute(writer: Writer, value: Attribute): void {
  const type = (number: number) => writer.uint32(key(20, 0)).int32(number)
  if ('float' in value) {
    writer.uint32(key(2, 5)).float(value.float) // f
    type(1)
  } else if ('int' in value) {
    writer.uint32(key(3, 0)).int64(value.int) // i
    type(2)
  } else if ('text' in value) {
    writer.uint32(key(4, 2)).string(value.text) // s
    type(3)
  } else {
    for (const int of value.ints) writer.uint32(key(8, 0)).int64(int) // ints
    type(7)
  }
}

/** An initializer of the graph: what stands in front of its values, and its values, raw little-endian. */
function writeInitializer([name, constant]: readonly [string, Constant]): readonly Uint8Array[] {
  const isFloat = 'floats' in constant
  const values = isFloat ? constant.floats : BigInt64Array.from(constant.ints, BigInt)
  const tensor = new Writer()
  for (const size of constant.shape) tensor.uint32(key(1, 0)).int64(size) // dims
  tensor.uint32(key(2, 0)).int32(isFloat ? dataTypes.float32 : dataTypes.int64) // data_type
  tensor.uint32(key(8, 2)).string(name)
  tensor.uint32(key(9, 2)).uint32(values.byteLength) // raw_data
  const head = tensor.finish()
  const length = head.byteLength + values.byteLength
  return [
    new Writer().uint32(key(5, 2)).uint32(length).finish(), // initializer
    head,
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  ]
}

/** ValueInfoProto: name, and type.tensor_type of [N, ...shape]. */
function writeInfo(writer: Writer, { name, shape }: GraphTensor): void {
  writer.uint32(key(1, 2)).string(name)
  message(writer, 2, () =>
    message(writer, 1, () => {
      writer.uint32(key(1, 0)).int32(dataTypes.float32) // elem_type
      message(writer, 2, () => {
        message(writer, 1, () => writer.uint32(key(2, 2)).string('N')) // dim_param
        for (const size of shape) {
          message(writer, 1, () => writer.uint32(key(1, 0)).int64(size)) // dim_value
        }
      })
    }),
  )
}
