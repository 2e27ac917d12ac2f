// Node's own zstd, which it has from 22.15 on and the types of Node 20 do not name.
import * as zlib from 'node:zlib'
import type { FeaturePack } from '../../../domain/feature-codec.ts'

/** Any of zlib's calls that unpack, with what it read of its input. */
export type UnpackCall = (
  bytes: Uint8Array,
  options: { readonly maxOutputLength: number; readonly chunkSize: number; readonly info: true },
) => { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } }

/** Each undefined on an older Node. */
export const { zstdCompressSync, zstdDecompressSync } = zlib as {
  zstdCompressSync?: (bytes: Uint8Array) => Buffer
  zstdDecompressSync?: UnpackCall
}

/** Whether this Node writes and reads what the pack gives. */
export function canPack(pack: FeaturePack | undefined): boolean {
  return pack !== 'zstd' || zstdCompressSync !== undefined
}
