// `data` of a tensor in JSON: flat or nested lists, read straight into the bytes that the binary extension
// would have carried. BYTES are image files, and JSON has no bytes: so they are base64.
import type { Span } from '../../../wire/json-cursor.ts'
import { readString } from '../../../wire/json-cursor.ts'
import { parseDouble, parseFloat32, skipNumber } from '../../../wire/json-numbers.ts'
import { DoorError, type InferTensor, type NumbersTensor } from '../../protocol.ts'
import { asDataType, countOf, elementSizes } from '../../raw-tensor.ts'
import { endOfText } from './json-text.ts'

type NumberType = NumbersTensor['datatype']

/** @throws DoorError 'invalid' for values that are not of the datatype, or not as many as the shape says. */
export function readValues(
  { name, datatype, shape }: { name: string; datatype: string; shape: readonly number[] },
  text: Uint8Array,
  span: Span,
): InferTensor {
  const type = asDataType(name, datatype)
  const count = countOf(name, shape)
  if (text[span.start] !== openList) throw invalid(`Expected data of input '${name}' to be a list`)
  // Each value takes a byte of text or more: a shape that lies allocates nothing.
  if (count > span.end - span.start) throw otherCount(name, count, 'fewer')
  return type === 'BYTES'
    ? { name, datatype: type, shape, elements: readFiles(name, text, span, count) }
    : { name, datatype: type, shape, data: readNumbers(name, type, text, span, count) }
}

const openList = 0x5b
const closeList = 0x5d
const comma = 0x2c
const quote = 0x22

/** First byte from here that belongs to a value. The lists themselves were looked at when they were skipped. */
function nextValue(text: Uint8Array, start: number, end: number): number {
  let at = start
  for (; at < end; at++) {
    const byte = text[at] as number
    if (byte > 0x20 && byte !== openList && byte !== closeList && byte !== comma) return at
  }
  return end
}

function readNumbers(
  name: string,
  type: NumberType,
  text: Uint8Array,
  { start, end }: Span,
  count: number,
): Uint8Array {
  const size = elementSizes[type]
  const bytes = new Uint8Array(count * size)
  const view = new DataView(bytes.buffer)
  const write = writers[type]
  let i = 0
  for (let at = nextValue(text, start, end); at < end; at = nextValue(text, at, end)) {
    if (i === count) throw otherCount(name, count, 'more')
    const stop = type === 'BOOL' ? endOfWord(text, at) : skipNumber(text, at)
    if (stop === -1 || !write(view, i * size, text, at, stop)) {
      const shown = Buffer.from(text.subarray(at, at + 24))
        .toString('latin1')
        .split(/[\],]/)[0]
      throw invalid(`Expected ${values[type]} in input '${name}' of ${type}, got ${shown}`)
    }
    at = stop
    i++
  }
  if (i < count) throw otherCount(name, count, String(i))
  return bytes
}

const values: Readonly<Record<NumberType, string>> = {
  BOOL: 'true and false',
  UINT8: 'whole numbers from 0 to 255',
  INT32: 'whole numbers of 32 bits',
  INT64: 'whole numbers up to 2^53',
  FP32: 'numbers',
  FP64: 'numbers',
}

/** Writes the value of this text; false where it is none of the type. */
type Write = (view: DataView, at: number, text: Uint8Array, start: number, end: number) => boolean

const writers: Readonly<Record<NumberType, Write>> = {
  BOOL: (view, at, text, start) => {
    view.setUint8(at, text[start] === letterT ? 1 : 0)
    return true
  },
  UINT8: (view, at, text, start, end) => {
    const value = parseWhole(text, start, end)
    view.setUint8(at, value)
    return value >= 0 && value <= 255
  },
  INT32: (view, at, text, start, end) => {
    const value = parseWhole(text, start, end)
    view.setInt32(at, value, true)
    return value >= -(2 ** 31) && value < 2 ** 31
  },
  INT64: (view, at, text, start, end) => {
    const value = parseWhole(text, start, end)
    if (!Number.isSafeInteger(value)) return false
    view.setBigInt64(at, BigInt(value), true)
    return true
  },
  FP32: (view, at, text, start, end) => {
    view.setFloat32(at, parseFloat32(text, start, end), true)
    return true
  },
  FP64: (view, at, text, start, end) => {
    view.setFloat64(at, parseDouble(text, start, end), true)
    return true
  },
}

const letterT = 0x74
const letterF = 0x66

function endOfWord(text: Uint8Array, at: number): number {
  return text[at] === letterT || text[at] === letterF ? endOfText(text, at) : -1
}

/** NaN for what is no whole number; '3.0' is one. A pixel has no more than three digits. */
function parseWhole(text: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let at = start; at < end; at++) {
    const digit = (text[at] as number) - 0x30
    if (digit < 0 || digit > 9 || at - start > 8) {
      const other = parseDouble(text, start, end)
      return Number.isInteger(other) ? other : Number.NaN
    }
    value = value * 10 + digit
  }
  return value
}

function readFiles(
  name: string,
  text: Uint8Array,
  { start, end }: Span,
  count: number,
): readonly Uint8Array[] {
  const elements: Uint8Array[] = []
  for (let at = nextValue(text, start, end); at < end; at = nextValue(text, at, end)) {
    if (elements.length === count) throw otherCount(name, count, 'more')
    if (text[at] !== quote) throw invalid(`Expected texts in input '${name}' of BYTES`)
    const stop = endOfText(text, at)
    elements.push(decodeBase64(name, readString(text, { start: at, end: stop })))
    at = stop
  }
  if (elements.length < count) throw otherCount(name, count, String(elements.length))
  return elements
}

/** Also of a data address, as browsers make them, and in the alphabet of addresses. */
function decodeBase64(name: string, text: string): Uint8Array {
  const from = text.startsWith('data:') ? text.indexOf(',') + 1 : 0
  const digits = text.slice(from)
  if (/^[A-Za-z0-9+/_-]*={0,2}$/.test(digits) && digits.replace(/=+$/, '').length % 4 !== 1) {
    return Buffer.from(digits, 'base64')
  }
  throw new DoorError(
    'invalid',
    'DDNN_FRAME_VALUE',
    `Expected BYTES of input '${name}' in JSON to be base64 of an image file, got another text`,
    { hint: 'Encode it, or send it as binary_data or as the body itself' },
  )
}

function otherCount(name: string, count: number, got: string): DoorError {
  return invalid(`Expected ${count} values of input '${name}', as its shape says, got ${got}`)
}

function invalid(message: string): DoorError {
  return new DoorError('invalid', 'DDNN_FRAME_VALUE', message)
}
