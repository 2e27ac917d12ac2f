// Fields of a protocol buffer that are written whole, and the few messages of ONNX that an exit is made of.
import { Writer } from 'protobufjs/minimal.js'

/** A field with a length: a message, a string or bytes. The value is not copied twice. */
export function field(number: number, value: Uint8Array): Buffer {
  const head = new Writer()
    .uint32((number << 3) | 2)
    .uint32(value.byteLength)
    .finish()
  return Buffer.concat([head, value])
}

export function textField(number: number, text: string): Buffer {
  return field(number, Buffer.from(text))
}

/** NodeProto of one output, of ONNX's own operations. */
export function nodeOf(
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: readonly Uint8Array[] = [],
): Buffer {
  return Buffer.concat([
    ...inputs.map((name) => textField(1, name)),
    textField(2, output),
    textField(3, output),
    textField(4, op),
    ...attributes.map((attribute) => field(5, attribute)),
  ])
}

/** AttributeProto of one whole number. */
export function intAttribute(name: string, value: number): Uint8Array {
  const writer = new Writer().uint32((1 << 3) | 2).string(name)
  return writer
    .uint32(3 << 3)
    .int64(value)
    .uint32(20 << 3)
    .int32(2)
    .finish() // i, type INT
}

export function intsAttribute(name: string, values: readonly number[]): Uint8Array {
  const writer = new Writer().uint32((1 << 3) | 2).string(name)
  for (const value of values) writer.uint32(8 << 3).int64(value) // ints
  return writer
    .uint32(20 << 3)
    .int32(7)
    .finish() // type INTS
}

/** An initializer of the graph, float32. */
export function floatWeight(name: string, shape: readonly number[], values: Float32Array): Buffer {
  const writer = new Writer()
  for (const size of shape) writer.uint32(1 << 3).int64(size) // dims
  writer.uint32(2 << 3).int32(1) // data_type
  writer.uint32((8 << 3) | 2).string(name)
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  return field(5, Buffer.concat([writer.finish(), field(9, bytes)]))
}
