// Tensors as the original's JSON: nested lists with the batch axis. Scanned byte by byte, twice: once
// for the shape, with nothing allocated, then for the numbers, straight into the slot. JSON.parse
// would build millions of objects first (docs/wire-format.md has the measurement).
import { sizeOf, type Shape } from '../../domain/tensor.ts'
import { FrameError, type ErrorCode } from '../../errors.ts'
import { maxNumberBytes, parseFloat32, skipNumber, writeFloat32 } from './json-numbers.ts'
import { maxRank } from './limits.ts'

const open = 0x5b
const close = 0x5d
const comma = 0x2c

interface ScannedLists {
  /** Every list's length from the outermost, the batch axis among them. */
  readonly shape: number[]
  /** Where the outermost list ends. */
  readonly end: number
}

/**
 * Finds the shape of the nested lists that start here, without allocating anything of their size.
 * @throws DDNN_FRAME_MALFORMED when they are ragged, empty or hold anything but numbers,
 * DDNN_FRAME_TOO_LARGE when they hold more than `maxElements`, DDNN_FRAME_SHAPE when nested too deep.
 */
export function scanLists(text: Uint8Array, start: number, maxElements: number): ScannedLists {
  /** Length of the lists at each depth, -1 until the first of them was closed. */
  const lengths: number[] = []
  /** Values so far in the open list of each depth. */
  const counts: number[] = []
  let rank = -1
  let elements = 0
  let isValueNext = true
  for (let at = skipSpace(text, start); ; at = skipSpace(text, at)) {
    const byte = text[at]
    const depth = counts.length
    if (byte === undefined)
      throw fail('DDNN_FRAME_MALFORMED', 'closed lists', 'the end of the text')
    if (isValueNext && byte === open) {
      if (depth > maxRank) throw fail('DDNN_FRAME_SHAPE', `at most ${maxRank} axes`, 'more')
      if (depth === rank) throw fail('DDNN_FRAME_MALFORMED', 'a number', 'a list, ragged')
      if (lengths.length === depth) lengths.push(-1)
      counts.push(0)
      at++
    } else if (isValueNext) {
      if (rank === -1) rank = depth
      if (depth !== rank) throw fail('DDNN_FRAME_MALFORMED', 'a list', 'a number, ragged or bare')
      const end = skipNumber(text, at)
      if (end === -1) throw fail('DDNN_FRAME_MALFORMED', 'a number', `byte ${byte} at ${at}`)
      if (++elements > maxElements) {
        throw fail('DDNN_FRAME_TOO_LARGE', `at most ${maxElements} elements`, 'more')
      }
      counts[depth - 1] = (counts[depth - 1] as number) + 1
      isValueNext = false
      at = end
    } else if (byte === comma) {
      isValueNext = true
      at++
    } else if (byte === close) {
      const count = counts.pop() as number
      const known = lengths[depth - 1] as number
      if (known !== -1 && known !== count) {
        throw fail('DDNN_FRAME_MALFORMED', `lists of ${known} values`, `one of ${count}, ragged`)
      }
      lengths[depth - 1] = count
      at++
      if (depth === 1) return { shape: lengths, end: at }
      counts[depth - 2] = (counts[depth - 2] as number) + 1
    } else
      throw fail('DDNN_FRAME_MALFORMED', 'a comma or the end of a list', `byte ${byte} at ${at}`)
  }
}

/** Writes the numbers of lists that `scanLists` accepted, in their order. */
export function readNumbers(text: Uint8Array, start: number, slot: Float32Array): void {
  let i = 0
  for (let at = start; i < slot.length;) {
    const byte = text[at] as number
    if (byte === open || byte === close || byte === comma || byte <= 0x20) {
      at++
      continue
    }
    const end = skipNumber(text, at)
    slot[i++] = parseFloat32(text, at, end)
    at = end
  }
}

/** Nested lists with a batch axis of 1, as UTF-8 without spaces. */
export function writeLists(data: Float32Array, shape: Shape): Uint8Array {
  const rowLength = shape.at(-1) ?? 1
  const rows = sizeOf(shape) / rowLength
  const rowBytes = rowLength * (maxNumberBytes + 1) + 2 * shape.length + 2
  // Pixels and features take about 12 bytes each; room is made when it is short.
  let target: Uint8Array = Buffer.allocUnsafe(Math.max(256, rowBytes, data.length * 12))
  let at = 0
  for (let row = 0; row < rows; row++) {
    if (at + rowBytes > target.length) target = grow(target, at, rowBytes)
    const lists = row === 0 ? shape.length + 1 : listsStartingAt(row, shape)
    if (row > 0) {
      for (let i = 0; i < lists; i++) target[at++] = close
      target[at++] = comma
    }
    for (let i = 0; i < lists; i++) target[at++] = open
    for (let i = row * rowLength; i < (row + 1) * rowLength; i++) {
      at = writeFloat32(data[i] as number, target, at)
      target[at++] = comma
    }
    // The comma after the last number of a row gives way to its bracket.
    at--
  }
  if (at + maxRank + 1 > target.length) target = grow(target, at, maxRank + 1)
  for (let i = 0; i <= shape.length; i++) target[at++] = close
  return target.subarray(0, at)
}

/** How many lists begin at this row of innermost lists: 1, and one more for every axis that turns. */
function listsStartingAt(row: number, shape: Shape): number {
  let lists = 1
  let period = 1
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    period *= shape[axis] as number
    if (row % period !== 0) break
    lists++
  }
  return lists
}

function grow(target: Uint8Array, used: number, needed: number): Uint8Array {
  const larger = Buffer.allocUnsafe(Math.max(target.length * 2, used + needed))
  larger.set(target.subarray(0, used))
  return larger
}

/** First byte from here that is no white space. */
export function skipSpace(text: Uint8Array, start: number): number {
  let at = start
  for (;;) {
    const byte = text[at]
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at
    at++
  }
}

function fail(code: ErrorCode, expected: string, got: string): FrameError {
  return new FrameError(code, `Expected JSON lists: ${expected}, got ${got}`)
}
