// What Node's own zlib unpacks (gzip, and zstd from Node 22.15 on): in one call, off the main thread;
// only what that refuses goes through a stream once more, for the bytes before the damage.
import type { Transform } from 'node:stream'
import { Blocks, damaged, tooLarge, type Unpacked } from './unpacked.ts'

/** `zlib.gunzip` and the like. */
export type ZlibCall = (
  packed: Buffer,
  options: { readonly maxOutputLength: number; readonly chunkSize: number },
  done: (error: Error | null, bytes: Buffer) => void,
) => void

interface ZlibCodec {
  readonly name: string
  readonly call: ZlibCall
  readonly stream: (options: { readonly chunkSize: number }) => Transform
}

/** Bytes of damaged data come out in pieces of this size: at most so many before the damage are lost. */
const salvageBytes = 1024

/** Never rejects. */
export async function unpackByZlib(
  codec: ZlibCodec,
  packed: Buffer,
  maxBytes: number,
): Promise<Unpacked> {
  const options = { maxOutputLength: Math.max(1, maxBytes), chunkSize: 65_536 }
  return new Promise((resolve) => {
    codec.call(packed, options, (error, bytes) => {
      if (error === null) resolve({ bytes, problem: undefined })
      else if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') resolve(tooLarge(maxBytes))
      else salvage(codec, packed, maxBytes, resolve)
    })
  })
}

function salvage(
  codec: ZlibCodec,
  packed: Buffer,
  maxBytes: number,
  resolve: (unpacked: Unpacked) => void,
): void {
  const blocks = new Blocks(maxBytes)
  const stream = codec.stream({ chunkSize: salvageBytes })
  stream.on('data', (block: Buffer) => {
    if (blocks.add(block)) return
    stream.destroy()
    resolve(tooLarge(maxBytes))
  })
  stream.on('error', (error) => resolve(damaged(codec.name, error.message, blocks.join())))
  stream.on('end', () => resolve({ bytes: blocks.join(), problem: undefined }))
  stream.end(packed)
}
