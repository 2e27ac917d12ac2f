// Messages of ONNX, written field by field: nodes, weights, inputs and outputs. Whole models are made of them in
// proto.ts, parts of models that were made elsewhere in ../backbone/onnx.
// Source: onnx/onnx.proto of onnx 1.18; the numbers of its fields stand beside what is written.
import { Writer } from 'protobufjs/minimal.js'
import { dataTypeNumber } from './data-types.ts'
import type { Attribute, Constant, GraphNode } from './graph.ts'

/** Tag of a field: 0 is a number, 2 has a length, 5 is a float32. */
export function key(field: number, wireType: 0 | 2 | 5): number {
  return (field << 3) | wireType
}

/** A field with a length: a message, a string or bytes. */
export function field(number: number, value: Uint8Array): Buffer {
  return Buffer.concat([fieldHead(number, value.byteLength), value])
}

/** What stands in front of a value of this length. */
export function fieldHead(number: number, length: number): Uint8Array {
  return new Writer().uint32(key(number, 2)).uint32(length).finish()
}

export function textField(number: number, text: string): Buffer {
  return field(number, Buffer.from(text))
}

/** NodeProto of one output, of ONNX's own operations. */
export function nodeMessage({ inputs, output, name, op, attributes }: GraphNode): Uint8Array {
  const writer = new Writer()
  for (const input of inputs) writer.uint32(key(1, 2)).string(input)
  writer.uint32(key(2, 2)).string(output)
  writer.uint32(key(3, 2)).string(name)
  writer.uint32(key(4, 2)).string(op) // op_type
  for (const [attribute, value] of Object.entries(attributes)) {
    writer.uint32(key(5, 2)).fork()
    writer.uint32(key(1, 2)).string(attribute)
    writeAttribute(writer, value)
    writer.ldelim()
  }
  return writer.finish()
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

/**
 * An initializer (5) of the graph, tag and all: what stands in front of its values, and its values, raw
 * little-endian and not copied.
 */
export function initializerField(name: string, constant: Constant): readonly Uint8Array[] {
  const isFloat = 'floats' in constant
  const values = isFloat ? constant.floats : BigInt64Array.from(constant.ints, BigInt)
  const tensor = new Writer()
  for (const size of constant.shape) tensor.uint32(key(1, 0)).int64(size) // dims
  tensor.uint32(key(2, 0)).int32(dataTypeNumber(isFloat ? 'float32' : 'int64')) // data_type
  tensor.uint32(key(8, 2)).string(name)
  tensor.uint32(key(9, 2)).uint32(values.byteLength) // raw_data
  const head = tensor.finish()
  return [
    fieldHead(5, head.byteLength + values.byteLength),
    head,
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  ]
}

/**
 * ValueInfoProto: name, and type.tensor_type.
 * @param dtype 'float32'
 * @param axes a text is the name of one that is open.
 */
export function infoMessage(
  name: string,
  dtype: string,
  axes: readonly (number | string)[],
): Uint8Array {
  const writer = new Writer()
  writer.uint32(key(1, 2)).string(name)
  writer.uint32(key(2, 2)).fork().uint32(key(1, 2)).fork() // type, tensor_type
  writer.uint32(key(1, 0)).int32(dataTypeNumber(dtype)) // elem_type
  writer.uint32(key(2, 2)).fork() // shape
  for (const axis of axes) {
    writer.uint32(key(1, 2)).fork() // dim
    if (typeof axis === 'string')
      writer.uint32(key(2, 2)).string(axis) // dim_param
    else writer.uint32(key(1, 0)).int64(axis) // dim_value
    writer.ldelim()
  }
  return writer.ldelim().ldelim().ldelim().finish()
}
