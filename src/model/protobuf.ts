// Just enough of protocol buffers to find a message inside a message: TensorFlow writes its models in
// them, and a few strings out of megabytes deserve no generated code.
// Source: https://protobuf.dev/programming-guides/encoding/

/** One field of a message whose value has a length: bytes, a string, or a message. */
interface Field {
  readonly number: number
  readonly value: Buffer
}

/**
 * The length-delimited fields of a message, in order; numbers are passed over.
 * @throws RangeError when the bytes are no whole message.
 */
export function* fieldsOf(message: Buffer): Generator<Field> {
  let at = 0
  while (at < message.length) {
    const tag = readVarint(message, at)
    const wireType = tag.value % 8
    if (wireType !== 2) {
      at = skip(message, tag.end, wireType)
      continue
    }
    const length = readVarint(message, tag.end)
    at = length.end + length.value
    assertInside(message, at)
    yield { number: Math.floor(tag.value / 8), value: message.subarray(length.end, at) }
  }
}

/** The first field of this number; undefined where there is none. */
export function fieldOf(message: Buffer, number: number): Buffer | undefined {
  for (const field of fieldsOf(message)) if (field.number === number) return field.value
  return undefined
}

/** Past a value without a length. */
function skip(message: Buffer, at: number, wireType: number): number {
  if (wireType === 0) return readVarint(message, at).end
  const end = wireType === 1 ? at + 8 : wireType === 5 ? at + 4 : Infinity
  assertInside(message, end)
  return end
}

/** Seven bits a byte, the lowest first; exact up to 2^53, and larger ones are only passed over. */
function readVarint(message: Buffer, start: number): { value: number; end: number } {
  let value = 0
  for (let at = start; at < Math.min(start + 10, message.length); at++) {
    const byte = message[at] as number
    value += (byte % 128) * 2 ** (7 * (at - start))
    if (byte < 128) return { value, end: at + 1 }
  }
  throw new RangeError('Expected a whole number in a protocol buffer, got its end')
}

function assertInside(message: Buffer, end: number): void {
  if (end > message.length) {
    throw new RangeError(`Expected a field within ${message.length} bytes of a protocol buffer`)
  }
}
