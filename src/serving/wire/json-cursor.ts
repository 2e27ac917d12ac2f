// A small reader of JSON objects in bytes. Replies of originals may repeat their raw input, megabytes
// that nobody reads, and hold NaN, which JSON.parse refuses: so values are skipped, not built.
import { FrameError } from '../../errors.ts'
import { skipNumber } from './json-numbers.ts'
import { skipSpace } from './json-tensor.ts'

const maxDepth = 64

/** Where one value of an object stands. */
export interface Span {
  readonly start: number
  readonly end: number
}

/**
 * The members of the object that starts here; of equal keys the last counts, as in JSON.parse.
 * @throws DDNN_FRAME_MALFORMED when it is no object, or no JSON.
 */
export function readObject(
  text: Uint8Array,
  start: number,
): { readonly members: ReadonlyMap<string, Span>; readonly end: number } {
  const members = new Map<string, Span>()
  let at = skipSpace(text, expectByte(text, skipSpace(text, start), '{'))
  if (text[at] === 0x7d) return { members, end: at + 1 }
  for (;;) {
    const keyEnd = skipString(text, at)
    const key = readString(text, { start: at, end: keyEnd })
    const valueStart = skipSpace(text, expectByte(text, skipSpace(text, keyEnd), ':'))
    const valueEnd = skipValue(text, valueStart)
    members.set(key, { start: valueStart, end: valueEnd })
    // An object of a reply has a dozen keys.
    if (members.size > 1000) throw malformed('at most 1000 keys', at)
    at = skipSpace(text, valueEnd)
    if (text[at] === 0x7d) return { members, end: at + 1 }
    at = skipSpace(text, expectByte(text, at, ','))
  }
}

/** The text of a string's span. */
export function readString(text: Uint8Array, span: Span): string {
  const slice = bufferOf(text).toString('utf8', span.start, span.end)
  try {
    const value: unknown = JSON.parse(slice)
    if (typeof value === 'string') return value
  } catch {
    // Falls through to the one error below.
  }
  throw malformed('a string', span.start)
}

/** Whether the value of this span is the word null. */
export function isNull(text: Uint8Array, span: Span): boolean {
  return bufferOf(text).toString('latin1', span.start, span.end) === 'null'
}

/** End of the value that starts here. Iterative, so that deep nesting cannot overflow the stack. */
export function skipValue(text: Uint8Array, start: number): number {
  /** The closing byte of every open list and object. */
  const closers: number[] = []
  let at = start
  for (;;) {
    at = skipSpace(text, at)
    const byte = text[at]
    if (byte === 0x5b || byte === 0x7b) {
      if (closers.length === maxDepth) throw malformed(`at most ${maxDepth} levels`, at)
      const closer = byte + 2
      at = skipSpace(text, at + 1)
      if (text[at] !== closer) {
        closers.push(closer)
        if (byte === 0x7b) at = skipKey(text, at)
        continue
      }
      at++
    } else at = skipScalar(text, at)
    // A value is complete: close what closes here, then go on after a comma.
    for (;;) {
      const closer = closers.at(-1)
      if (closer === undefined) return at
      at = skipSpace(text, at)
      if (text[at] === closer) {
        closers.pop()
        at++
        continue
      }
      at = skipSpace(text, expectByte(text, at, ','))
      if (closer === 0x7d) at = skipKey(text, at)
      break
    }
  }
}

function skipKey(text: Uint8Array, at: number): number {
  return expectByte(text, skipSpace(text, skipString(text, at)), ':')
}

/** By their first byte. */
const words: Readonly<Record<number, string>> = { 0x74: 'true', 0x66: 'false', 0x6e: 'null' }

function skipScalar(text: Uint8Array, at: number): number {
  if (text[at] === 0x22) return skipString(text, at)
  const word = words[text[at] ?? 0]
  if (word !== undefined && bufferOf(text).toString('latin1', at, at + word.length) === word) {
    return at + word.length
  }
  const end = skipNumber(text, at)
  if (end === -1) throw malformed('a value', at)
  return end
}

function skipString(text: Uint8Array, start: number): number {
  for (let at = expectByte(text, start, '"'); at < text.length; at++) {
    if (text[at] === 0x22) return at + 1
    if (text[at] === 0x5c) at++
  }
  throw malformed('the end of a string', start)
}

function expectByte(text: Uint8Array, at: number, expected: string): number {
  if (text[at] === expected.charCodeAt(0)) return at + 1
  throw malformed(`'${expected}'`, at)
}

function bufferOf(text: Uint8Array): Buffer {
  return Buffer.from(text.buffer, text.byteOffset, text.byteLength)
}

function malformed(expected: string, at: number): FrameError {
  return new FrameError('DDNN_FRAME_MALFORMED', `Expected JSON with ${expected} at byte ${at}`)
}
