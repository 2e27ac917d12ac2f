// JSON of a request as the places of its values in the bytes. Tensors of megabytes stand in it: nothing is built
// of them here (JSON.parse of 32 MB takes 0.7 GB of memory).
import { readObject, readString, skipValue, type Span } from '../../../wire/json-cursor.ts'
import { skipSpace } from '../../../wire/json-tensor.ts'
import { DoorError } from '../../protocol.ts'

/** Text that is built as a value: parameters, names and shapes. */
const mostSmallBytes = 65_536

export type Members = ReadonlyMap<string, Span>

/** The one object that the whole text is. @throws DDNN_FRAME_MALFORMED, DoorError 'invalid'. */
export function readWhole(text: Uint8Array): Members {
  const { members, end } = readObject(text, 0)
  const rest = skipSpace(text, end)
  if (rest < text.length) throw invalid(`Expected one JSON object, got more at byte ${rest}`)
  return members
}

/**
 * The objects of a list, none where there is no such list.
 * @throws DoorError 'invalid' for another value, or more objects than `most`.
 */
export function readObjects(
  text: Uint8Array,
  span: Span | undefined,
  what: string,
  most: number,
): readonly Members[] {
  if (span === undefined) return []
  if (text[span.start] !== openList) throw invalid(`Expected '${what}' to be a list of objects`)
  const objects: Members[] = []
  let at = skipSpace(text, span.start + 1)
  while (text[at] !== closeList) {
    if (objects.length === most) throw invalid(`Expected at most ${most} of '${what}', got more`)
    const { members, end } = readObject(text, at)
    objects.push(members)
    at = skipSpace(text, end)
    if (text[at] === comma) at = skipSpace(text, at + 1)
  }
  return objects
}

const openList = 0x5b
const closeList = 0x5d
const comma = 0x2c

/** A text of at most 256 characters; undefined where there is none. @throws DoorError 'invalid'. */
export function readName(
  text: Uint8Array,
  span: Span | undefined,
  what: string,
): string | undefined {
  if (span === undefined) return undefined
  const isShort = span.end - span.start < mostSmallBytes && text[span.start] === quote
  const name = isShort ? readString(text, span) : undefined
  if (name !== undefined && name.length <= 256) return name
  throw invalid(`Expected '${what}' to be a text of at most 256 characters`)
}

const quote = 0x22

/** A small value, built; undefined where there is none. @throws DoorError 'invalid'. */
export function readSmall(text: Uint8Array, span: Span | undefined, what: string): unknown {
  if (span === undefined) return undefined
  if (span.end - span.start > mostSmallBytes) {
    throw invalid(`Expected '${what}' to be at most ${mostSmallBytes} bytes of JSON, got more`)
  }
  const slice = Buffer.from(text.buffer, text.byteOffset + span.start, span.end - span.start)
  try {
    return JSON.parse(slice.toString('utf8'))
  } catch (cause) {
    throw invalid(`Expected '${what}' to be JSON`, cause)
  }
}

/** End of the text that starts here. */
export function endOfText(text: Uint8Array, start: number): number {
  return skipValue(text, start)
}

function invalid(message: string, cause?: unknown): DoorError {
  return new DoorError('invalid', 'DDNN_FRAME_MALFORMED', message, { cause })
}
