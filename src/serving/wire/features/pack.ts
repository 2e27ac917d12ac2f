// The general compressors of features. Deflate is told what features are like: their codes repeat little,
// and stand channel by channel, so run lengths or no matches at all give fewer bytes than a search for
// matches, in a third of its time (docs/features-on-the-wire.md has the measurement).
import * as zlib from 'node:zlib'
import type { FeatureForm, FeaturePack } from '../../../domain/feature-codec.ts'
import { FrameError } from '../../../errors.ts'
import { zstdCompressSync, zstdDecompressSync, type UnpackCall } from './node-zstd.ts'

const { Z_HUFFMAN_ONLY, Z_RLE } = zlib.constants

/** Codes of 4 bits stand two a byte, and runs of such pairs are short: there, matches cost more than they save. */
function strategyOf(form: FeatureForm): number {
  return form === 'int4' || form === 'int4-channel' ? Z_HUFFMAN_ONLY : Z_RLE
}

/** @throws DDNN_FRAME_SHAPE for zstd on a Node that does not have it. */
export function packBytes(bytes: Uint8Array, form: FeatureForm, pack: FeaturePack): Uint8Array {
  if (pack === 'deflate') return zlib.deflateRawSync(bytes, { strategy: strategyOf(form) })
  if (zstdCompressSync === undefined) throw withoutZstd()
  return zstdCompressSync(bytes)
}

/**
 * Unpacks to exactly `length` bytes; a bomb stops there.
 * @throws DDNN_FRAME_MALFORMED when they are damaged, or more or fewer come out; DDNN_FRAME_SHAPE for zstd on a
 *   Node that does not have it.
 */
export function unpackBytes(packed: Uint8Array, pack: FeaturePack, length: number): Uint8Array {
  const unpack = pack === 'zstd' ? zstdDecompressSync : inflate
  if (unpack === undefined) throw withoutZstd()
  const bytes = byZlib(unpack, packed, pack, length)
  if (bytes.length === length) return bytes
  throw damaged(pack, length, `${bytes.length} bytes`)
}

const inflate = zlib.inflateRawSync as unknown as UnpackCall

function byZlib(
  unpack: UnpackCall,
  packed: Uint8Array,
  pack: FeaturePack,
  length: number,
): Uint8Array {
  let unpacked: ReturnType<UnpackCall>
  try {
    // One more than is right, so that too much is told from enough; in one piece of zlib's least size or more.
    const chunkSize = Math.max(64, length + 1)
    unpacked = unpack(packed, { maxOutputLength: length + 1, chunkSize, info: true })
  } catch (cause) {
    const isMore =
      cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE'
    throw damaged(pack, length, isMore ? 'more' : 'bytes that do not unpack', cause)
  }
  if (unpacked.engine.bytesWritten === packed.length) return unpacked.buffer
  throw damaged(pack, length, 'bytes behind the end of the packed ones')
}

function damaged(pack: FeaturePack, length: number, got: string, cause?: unknown): FrameError {
  return new FrameError(
    'DDNN_FRAME_MALFORMED',
    `Expected ${length} bytes of features packed by ${pack}, got ${got}`,
    { cause },
  )
}

/** WASM could do it, but takes a tenth of a second of every start, for a codec that deflate is smaller than. */
function withoutZstd(): FrameError {
  return new FrameError(
    'DDNN_FRAME_SHAPE',
    `Expected Node 22.15 or later for features packed by zstd, got ${process.version}`,
    { hint: 'Take deflate, which is smaller for features' },
  )
}
