// A protocol buffer's message as its fields stand in it, each with the bytes that it was written in: a graph
// that is cut keeps what it does not understand. Reads ONNX files and SavedModels, and what Keras says of them.
import { Reader } from 'protobufjs/minimal.js'

interface ProtoField {
  readonly number: number
  /** Of a whole number; of a float32 or float64 as it is. */
  readonly value: number
  /** What a field with a length holds; empty of numbers. */
  readonly bytes: Buffer
  /** Tag and value, as written. */
  readonly raw: Buffer
}

const none = Buffer.alloc(0)

export class ProtoMessage {
  readonly fields: readonly ProtoField[]

  /** @throws RangeError when the bytes are no whole message. */
  constructor(bytes: Buffer) {
    this.fields = [...readFields(bytes)]
  }

  all(number: number): readonly ProtoField[] {
    return this.fields.filter((field) => field.number === number)
  }

  /** The last field of this number, which is the one that counts. */
  last(number: number): ProtoField | undefined {
    return this.fields.findLast((field) => field.number === number)
  }

  /** '' where there is none. */
  text(number: number): string {
    return this.last(number)?.bytes.toString() ?? ''
  }

  texts(number: number): readonly string[] {
    return this.all(number).map(({ bytes }) => bytes.toString())
  }

  /** 0 where there is none. */
  int(number: number): number {
    return this.last(number)?.value ?? 0
  }

  /** Of a repeated field, written one by one or packed. */
  ints(number: number): readonly number[] {
    return this.all(number).flatMap(({ bytes, value, raw }) =>
      isPacked(raw) ? unpack(bytes) : [value],
    )
  }

  /** float32, written one by one or packed. */
  floats(number: number): readonly number[] {
    return this.#fixed(number, 4, (bytes, at) => bytes.readFloatLE(at))
  }

  /** float64, written one by one or packed. */
  doubles(number: number): readonly number[] {
    return this.#fixed(number, 8, (bytes, at) => bytes.readDoubleLE(at))
  }

  #fixed(number: number, size: number, read: (bytes: Buffer, at: number) => number): number[] {
    return this.all(number).flatMap(({ bytes, value, raw }) =>
      isPacked(raw)
        ? Array.from({ length: Math.floor(bytes.length / size) }, (_, i) => read(bytes, i * size))
        : [value],
    )
  }

  message(number: number): ProtoMessage | undefined {
    const field = this.last(number)
    return field === undefined ? undefined : new ProtoMessage(field.bytes)
  }

  messages(number: number): readonly ProtoMessage[] {
    return this.all(number).map(({ bytes }) => new ProtoMessage(bytes))
  }
}

function isPacked(raw: Buffer): boolean {
  return ((raw[0] as number) & 7) === 2
}

function unpack(bytes: Buffer): readonly number[] {
  const reader = new Reader(bytes)
  const values: number[] = []
  while (reader.pos < reader.len) values.push(readInt(reader))
  return values
}

/** Exact up to 2^53. */
function readInt(reader: Reader): number {
  const value = reader.int64() as unknown as number | { toNumber(): number }
  return typeof value === 'number' ? value : value.toNumber()
}

function* readFields(message: Buffer): Generator<ProtoField> {
  const reader = new Reader(message)
  while (reader.pos < reader.len) {
    const start = reader.pos
    const tag = reader.uint32()
    const number = tag >>> 3
    let value = 0
    let bytes: Buffer = none
    switch (tag & 7) {
      case 0:
        value = readInt(reader)
        break
      case 1:
        value = reader.double()
        break
      case 2: {
        const length = reader.uint32()
        const at = reader.pos
        reader.skip(length)
        bytes = message.subarray(at, at + length)
        break
      }
      case 5:
        value = reader.float()
        break
      default:
        throw new RangeError(`Expected a protocol buffer's field, got type ${tag & 7}`)
    }
    yield { number, value, bytes, raw: message.subarray(start, reader.pos) }
  }
}
