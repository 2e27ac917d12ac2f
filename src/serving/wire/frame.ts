// The binary form of the wire, frame v1: fixed bytes, a short JSON header, raw tensor bytes.
//
//   0   'D' 'D' 'N' 'N'
//   4   version    u8 = 1
//   5   kind       u8, 1 request, 2 reply
//   6   reserved   u16 = 0
//   8   length     u32, little-endian, bytes of the header
//   12  header     JSON, UTF-8: request-header.ts, reply-tree.ts
//   ..  tensors    bytes, as the header says, exactly to the end; none in a reply
//
// A record's value starts at any byte offset and shares its ArrayBuffer with other records, so nothing
// here makes a typed view on it: the one copy is DecodedRequest.write, into the batch's slot.
import { wireVersion } from '../../domain/wire-version.ts'
import { FrameError } from '../../errors.ts'
import { maxHeaderBytes, maxRequestBytes } from './limits.ts'
import { parseReplyTree, replyTreeOf } from './reply-tree.ts'
import { buildRequestHeader, checkRequestHeader } from './request-header.ts'
import { writeSlot } from './slot.ts'
import { carriedOf } from './carried.ts'
import type { Wire } from './wire.ts'

const magic = Buffer.from('DDNN', 'latin1')
const prefixBytes = 12
const kinds = { request: 1, reply: 2 } as const
type Kind = keyof typeof kinds

/** The binary form. Stateless: one serves a whole process. */
export const binaryWire: Wire = {
  form: 'binary',
  carriesBudget: true,
  correlates: true,

  recognises(value) {
    return value.length >= magic.length && magic.equals(value.subarray(0, magic.length))
  },

  maxRequestBytes(shape, dtype = 'float32') {
    return maxRequestBytes(shape, dtype)
  },

  encodeRequest(tensor, meta) {
    const carried = carriedOf(tensor, meta.codec)
    return pack('request', buildRequestHeader(tensor, carried, meta), carried.bytes)
  },

  decodeRequest(value, limits) {
    const { header, rest } = unpack('request', value)
    const checked = checkRequestHeader(header, rest.length, limits)
    return {
      form: 'binary',
      ...checked,
      bytes: rest,
      write: (slot, scale) => writeSlot(rest, checked, slot, scale),
    }
  },

  encodeReply(reply) {
    return pack('reply', replyTreeOf(reply), new Uint8Array(0))
  },

  decodeReply(value, version) {
    assertOwnVersion(version)
    const { header, rest } = unpack('reply', value)
    if (rest.length > 0) throw malformed(`nothing after a reply's header, got ${rest.length} bytes`)
    return parseReplyTree(header)
  },
}

function pack(kind: Kind, header: unknown, tensor: Uint8Array): Uint8Array {
  const text = JSON.stringify(header)
  const headerBytes = Buffer.byteLength(text)
  if (headerBytes > maxHeaderBytes) {
    throw new FrameError(
      'DDNN_FRAME_TOO_LARGE',
      `Expected a header of at most ${maxHeaderBytes} bytes, got ${headerBytes}`,
    )
  }
  const frame = Buffer.allocUnsafe(prefixBytes + headerBytes + tensor.length)
  frame.set(magic, 0)
  frame[4] = wireVersion
  frame[5] = kinds[kind]
  frame.writeUInt16LE(0, 6)
  frame.writeUInt32LE(headerBytes, 8)
  frame.write(text, prefixBytes, 'utf8')
  frame.set(tensor, prefixBytes + headerBytes)
  return frame
}

function unpack(kind: Kind, value: Uint8Array): { header: unknown; rest: Uint8Array } {
  // A view on the same bytes, for its readers of little-endian numbers.
  const frame = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (frame.length < prefixBytes) throw malformed(`at least 12 bytes, got ${frame.length}`)
  if (magic.compare(frame, 0, 4) !== 0) {
    throw malformed(`a frame that starts with 'DDNN', got ${frame.toString('hex', 0, 4)}`)
  }
  if (frame[4] !== wireVersion) throw otherVersion(frame[4])
  if (frame[5] !== kinds[kind]) {
    throw malformed(`a ${kind} (kind ${kinds[kind]}), got kind ${frame[5]}`)
  }
  if (frame.readUInt16LE(6) !== 0) throw malformed('reserved bytes of 0')
  const headerBytes = frame.readUInt32LE(8)
  if (headerBytes > maxHeaderBytes) {
    throw new FrameError(
      'DDNN_FRAME_TOO_LARGE',
      `Expected a header of at most ${maxHeaderBytes} bytes, got a claim of ${headerBytes}`,
    )
  }
  const tensorsAt = prefixBytes + headerBytes
  if (tensorsAt > frame.length) {
    throw malformed(`a header of ${headerBytes} bytes, got ${frame.length - prefixBytes}`)
  }
  try {
    const header: unknown = JSON.parse(frame.toString('utf8', prefixBytes, tensorsAt))
    return { header, rest: frame.subarray(tensorsAt) }
  } catch (cause) {
    throw malformed('a header of JSON, got text that does not parse', cause)
  }
}

/**
 * Nothing of a record of another version is read, not even where its frame looks like one of ours.
 * @throws DDNN_FRAME_VERSION when a record's version is another one than this release's.
 */
export function assertOwnVersion(version: string | undefined): void {
  if (version !== undefined && version !== String(wireVersion)) throw otherVersion(version)
}

function otherVersion(got: string | number | undefined): FrameError {
  return new FrameError(
    'DDNN_FRAME_VERSION',
    `Expected wire version ${wireVersion}, got ${String(got).slice(0, 20)}`,
    { hint: 'Upgrade the tier in front before its askers; docs/upgrading.md' },
  )
}

function malformed(expected: string, cause?: unknown): FrameError {
  return new FrameError('DDNN_FRAME_MALFORMED', `Expected ${expected}`, { cause })
}
