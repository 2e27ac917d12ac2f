// Tensors as bytes, as Triton's binary extension (HTTP) and `raw_input_contents` (gRPC) both have them: numbers
// row-major and little-endian; of BYTES each element after its length, 4 bytes little-endian.
import type { DataType, InferTensor, NumbersTensor } from './protocol.ts'
import { dataTypes, DoorError } from './protocol.ts'

/** Bytes of one element. */
export const elementSizes: Readonly<Record<NumbersTensor['datatype'], number>> = {
  BOOL: 1,
  UINT8: 1,
  INT32: 4,
  INT64: 8,
  FP32: 4,
  FP64: 8,
}

const lengthBytes = 4

/**
 * A view of `raw`, which is not copied.
 * @throws DoorError 'invalid' for a datatype that ddnn does not take, and for bytes that are not of the shape.
 */
export function readRawTensor(
  { name, datatype, shape }: { name: string; datatype: string; shape: readonly number[] },
  raw: Uint8Array,
): InferTensor {
  const type = asDataType(name, datatype)
  const count = countOf(name, shape)
  if (type === 'BYTES') return { name, datatype: type, shape, elements: split(name, raw, count) }
  const expected = count * elementSizes[type]
  if (raw.byteLength !== expected) {
    throw invalid(
      `Expected ${expected} bytes of input '${name}', ${type} [${shape.join(', ')}], got ${raw.byteLength}`,
    )
  }
  return { name, datatype: type, shape, data: raw }
}

/** The bytes of a tensor: of numbers its own, of BYTES new ones. */
export function writeRawTensor(tensor: InferTensor): Uint8Array {
  if (tensor.datatype !== 'BYTES') return tensor.data
  const { elements } = tensor
  const size = elements.reduce((sum, { byteLength }) => sum + lengthBytes + byteLength, 0)
  const raw = Buffer.allocUnsafe(size)
  let at = 0
  for (const element of elements) {
    raw.writeUInt32LE(element.byteLength, at)
    raw.set(element, at + lengthBytes)
    at += lengthBytes + element.byteLength
  }
  return raw
}

/** @throws DoorError 'invalid' where it is none that ddnn takes. */
export function asDataType(name: string, datatype: string): DataType {
  const known = dataTypes.find((type) => type === datatype)
  if (known !== undefined) return known
  throw invalid(
    `Expected the datatype of input '${name}' to be one of ${dataTypes.join(', ')}, got '${datatype}'`,
  )
}

/**
 * Elements of a shape. A batch of none has none.
 * @throws DoorError 'invalid' for an axis that is no length, and for more elements than can be counted.
 */
export function countOf(name: string, shape: readonly number[]): number {
  const count = shape.reduce((product, length) => product * length, 1)
  if (shape.every((length) => Number.isSafeInteger(length) && length >= 0)) {
    if (Number.isSafeInteger(count)) return count
  }
  throw invalid(`Expected the shape of input '${name}' to be lengths, got [${shape.join(', ')}]`)
}

function split(name: string, raw: Uint8Array, count: number): readonly Uint8Array[] {
  const elements: Uint8Array[] = []
  const bytes = new DataView(raw.buffer, raw.byteOffset, raw.byteLength)
  let at = 0
  // By the bytes that there are, never by the count that is claimed.
  while (at < raw.byteLength && elements.length < count) {
    const from = at + lengthBytes
    const end = from <= raw.byteLength ? from + bytes.getUint32(at, true) : Infinity
    if (end > raw.byteLength) {
      throw invalid(
        `Expected element ${elements.length} of input '${name}' to be whole, got ${raw.byteLength - at} bytes of it and its length`,
      )
    }
    elements.push(raw.subarray(from, end))
    at = end
  }
  if (elements.length === count && at === raw.byteLength) return elements
  throw invalid(
    `Expected input '${name}' to have ${count} elements of BYTES, each after its length, got ${elements.length} and ${raw.byteLength - at} bytes more`,
  )
}

function invalid(message: string): DoorError {
  return new DoorError('invalid', 'DDNN_FRAME_MALFORMED', message)
}
