// Attributes and constants of TensorFlow's nodes as a tfjs graph model has them.
import type { io } from '@tensorflow/tfjs-core'
import { fromFloat16 } from '../../../domain/float16.ts'
import { sizeOf } from '../../../domain/tensor.ts'
import type { AttributeJson, GraphWeight, ShapeJson } from '../graph/graph-json.ts'
import type { ProtoMessage } from '../../proto-message.ts'

/** AttrValue: list, s, i, f, b, type, shape, func. A tensor (8) is no attribute here but a weight. */
export function attributeJson(value: ProtoMessage): AttributeJson {
  const field = value.fields.at(-1)
  if (field === undefined) return {}
  switch (field.number) {
    case 2:
      return { s: field.bytes.toString('base64') }
    case 3:
      return { i: String(field.value) }
    case 4:
      return { f: field.value }
    case 5:
      return { b: field.value !== 0 }
    case 6:
      return { type: field.value }
    case 7:
      return { shape: shapeJson(value.message(7)) }
    case 10:
      return { func: { name: value.message(10)?.text(1) ?? '' } }
    case 1:
      return { list: listJson(value.message(1)) }
    default:
      return {}
  }
}

function listJson(list: ProtoMessage | undefined): NonNullable<AttributeJson['list']> {
  if (list === undefined) return {}
  const present = {
    s: list.all(2).map(({ bytes }) => bytes.toString('base64')),
    i: list.ints(3).map(String),
    f: list.floats(4),
    b: list.ints(5).map((value) => value !== 0),
    type: list.ints(6),
    shape: list.messages(7).map(shapeJson),
    func: list.messages(9).map((each) => ({ name: each.text(1) })),
  }
  return Object.fromEntries(Object.entries(present).filter(([, values]) => values.length > 0))
}

/** TensorShapeProto: dim with size, unknown_rank. */
function shapeJson(shape: ProtoMessage | undefined): ShapeJson {
  if (shape?.int(3) === 1) return { unknownRank: true }
  return { dim: (shape?.messages(2) ?? []).map((dim) => ({ size: String(dim.int(1)) })) }
}

/** How TensorFlow's types lie in memory: by DataType. */
const layouts: Readonly<Record<number, (bytes: Buffer, at: number) => number>> = {
  1: (bytes, at) => bytes.readFloatLE(4 * at),
  2: (bytes, at) => bytes.readDoubleLE(8 * at),
  3: (bytes, at) => bytes.readInt32LE(4 * at),
  4: (bytes, at) => bytes.readUInt8(at),
  5: (bytes, at) => bytes.readInt16LE(2 * at),
  6: (bytes, at) => bytes.readInt8(at),
  9: (bytes, at) => Number(bytes.readBigInt64LE(8 * at)),
  10: (bytes, at) => bytes.readUInt8(at),
  14: (bytes, at) => bfloat16(bytes.readUInt16LE(2 * at)),
  17: (bytes, at) => bytes.readUInt16LE(2 * at),
  19: (bytes, at) => fromFloat16(bytes.readUInt16LE(2 * at)),
  22: (bytes, at) => bytes.readUInt32LE(4 * at),
}

const floats = [1, 2, 14, 19]

/**
 * A weight in one of the three types that tfjs has. undefined of what has no numbers.
 * @param bytes little-endian, in TensorFlow's type.
 */
export function weightOf(
  name: string,
  dtype: number,
  shape: readonly number[],
  bytes: Buffer,
): GraphWeight | undefined {
  const read = layouts[dtype]
  if (read === undefined) return undefined
  const length = sizeOf(shape)
  // Most weights: their bytes are what is wanted, and a list of a hundred million numbers takes seconds.
  if (dtype === 1 && bytes.length >= 4 * length) {
    return {
      spec: { name, shape: [...shape], dtype: 'float32' },
      bytes: bytes.subarray(0, 4 * length),
    }
  }
  const values = Array.from({ length }, (_, i) => read(bytes, i))
  return toWeight(name, dtype, shape, values)
}

/** TensorProto of a Const: tensor_content, or values by type, of which the last stands for all that follow. */
export function constantOf(name: string, tensor: ProtoMessage): GraphWeight | undefined {
  const dtype = tensor.int(1)
  const shape = (tensor.message(2)?.messages(2) ?? []).map((dim) => dim.int(1))
  const content = tensor.last(4)?.bytes
  if (content !== undefined && content.length > 0) return weightOf(name, dtype, shape, content)
  if (layouts[dtype] === undefined) return undefined
  const said = saidValues(tensor, dtype)
  const last = said.at(-1) ?? 0
  const values = Array.from({ length: sizeOf(shape) }, (_, i) => said[i] ?? last)
  return toWeight(name, dtype, shape, values)
}

/** float_val, double_val, int_val, int64_val, bool_val, half_val. */
function saidValues(tensor: ProtoMessage, dtype: number): readonly number[] {
  if (dtype === 1) return tensor.floats(5)
  if (dtype === 2) return tensor.doubles(6)
  if (dtype === 9) return tensor.ints(10)
  if (dtype === 10) return tensor.ints(11)
  if (dtype === 14) return tensor.ints(13).map(bfloat16)
  if (dtype === 19) return tensor.ints(13).map(fromFloat16)
  if (dtype === 22) return tensor.ints(16)
  return tensor.ints(7)
}

function toWeight(
  name: string,
  dtype: number,
  shape: readonly number[],
  values: readonly number[],
): GraphWeight {
  const asTf = floats.includes(dtype) ? 'float32' : dtype === 10 ? 'bool' : 'int32'
  const array =
    asTf === 'float32'
      ? Float32Array.from(values)
      : asTf === 'bool'
        ? Uint8Array.from(values)
        : Int32Array.from(values, clip)
  const spec: io.WeightsManifestEntry = { name, shape: [...shape], dtype: asTf }
  return { spec, bytes: new Uint8Array(array.buffer) }
}

/** int64 has larger numbers, of which networks use the largest to say 'to the end'. */
function clip(value: number): number {
  return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value))
}

function bfloat16(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0] as number
}
