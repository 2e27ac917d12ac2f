// Codec 4: zstd, by Node's own zlib where it has it (22.15 and later), else by the `zstddec` package
// (zstd itself, as WASM). That takes memory for all that may come out before it begins, so the frame is
// walked first, and what could be more than the limit never gets there (RFC 8878, 3.1.1):
//   magic uint32 | descriptor | [window] | [dictionary id] | [content size] | blocks | [checksum 4]
//   block: uint24 of last (1 bit), kind (2 bits: plain, repeated byte, packed), size | bytes
import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { ZSTDDecoder } from 'zstddec'
import { damaged, tooLarge, type Unpacked } from './unpacked.ts'
import { unpackByZlib, type ZlibCall } from './zlib-unpack.ts'

/** What newer Nodes have and the types of Node 20 do not name. */
const { zstdDecompress, createZstdDecompress } = zlib as {
  zstdDecompress?: ZlibCall
  createZstdDecompress?: (options: { readonly chunkSize: number }) => Transform
}

const magic = 0xfd2fb528
/** Largest of what one packed block gives. */
const mostBlockBytes = 131_072
const repeatedByte = 1
const packedKind = 2

/** Unpacks at most `maxBytes`. */
export async function unpackZstd(packed: Buffer, maxBytes: number): Promise<Unpacked> {
  if (zstdDecompress === undefined || createZstdDecompress === undefined) {
    return unpackByWasm(packed, maxBytes)
  }
  const codec = { name: 'zstd', call: zstdDecompress, stream: createZstdDecompress }
  const unpacked = await unpackByZlib(codec, packed, maxBytes)
  // Node 22 takes a frame that was cut short for a whole one.
  const isWhole = unpacked.problem !== undefined || mostUnpackedBytes(packed) !== undefined
  return isWhole ? unpacked : damaged('zstd', 'no whole frame', unpacked.bytes)
}

/**
 * As `unpackZstd` on a Node without zstd; of damaged data nothing is kept. Tests run it on every Node.
 * The decoder keeps its memory: as much as its largest batch took.
 */
export async function unpackByWasm(packed: Buffer, maxBytes: number): Promise<Unpacked> {
  const most = mostUnpackedBytes(packed)
  if (most === undefined) return damaged('zstd', 'no whole frame')
  if (most === 0) return { bytes: Buffer.alloc(0), problem: undefined }
  const decoder = new ZSTDDecoder()
  await decoder.init()
  // Packed blocks may give less than they could: the last one nearly always does.
  const room = Math.min(most, maxBytes)
  if (most - maxBytes > mostBlockBytes) return tooLarge(maxBytes)
  const { buffer, byteOffset, length } = decoder.decode(packed, room)
  if (length === 0) {
    return most > maxBytes ? tooLarge(maxBytes) : damaged('zstd', 'blocks that do not unpack')
  }
  return { bytes: Buffer.from(buffer, byteOffset, length), problem: undefined }
}

/** What the blocks of the first frame can give at most; undefined where they are not all there. */
function mostUnpackedBytes(packed: Buffer): number | undefined {
  if (packed.length < 6 || packed.readUInt32LE(0) !== magic) return undefined
  const descriptor = packed.readUInt8(4)
  const isSingle = (descriptor & 0x20) !== 0
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 0x03] ?? 0
  const sizeBytes = descriptor >> 6 === 0 ? Number(isSingle) : 2 ** (descriptor >> 6)
  let at = 5 + Number(!isSingle) + dictionaryBytes + sizeBytes
  let most = 0
  for (;;) {
    if (at + 3 > packed.length) return undefined
    const head = packed.readUIntLE(at, 3)
    const kind = (head >> 1) & 0x03
    const size = head >> 3
    at += 3 + (kind === repeatedByte ? 1 : size)
    if (at > packed.length) return undefined
    most += kind === packedKind ? mostBlockBytes : size
    if ((head & 1) !== 0) return most
  }
}
