// The codecs of a record batch by the number in its attributes. Each gives out at most its limit and
// stops there: a small value that unpacks to gigabytes costs what the limit says.
import { unpackGzip } from './gzip.ts'
import { unpackLz4 } from './lz4.ts'
import { unpackSnappy } from './snappy.ts'
import { damaged, type Unpacked } from './unpacked.ts'
import { unpackZstd } from './zstd.ts'

/** Number of the codec of a batch whose records lie in it as they are. */
export const notPacked = 0

interface Codec {
  /** As `compression.type` of a topic names it. */
  readonly name: string
  readonly unpack: (packed: Buffer, maxBytes: number) => Unpacked | Promise<Unpacked>
}

const codecs: readonly Codec[] = [
  { name: 'none', unpack: (packed) => ({ bytes: packed, problem: undefined }) },
  { name: 'gzip', unpack: unpackGzip },
  { name: 'snappy', unpack: unpackSnappy },
  { name: 'lz4', unpack: unpackLz4 },
  { name: 'zstd', unpack: unpackZstd },
]

/** Unpacks at most `maxBytes`. Never rejects: what cannot be unpacked is a problem of the result. */
export async function unpack(number: number, packed: Buffer, maxBytes: number): Promise<Unpacked> {
  const codec = codecs[number]
  if (codec === undefined) {
    const reason = `Expected a codec of 0 to 4 (none, gzip, snappy, lz4, zstd), got ${number}`
    return { bytes: Buffer.alloc(0), problem: { code: 'DDNN_FRAME_MALFORMED', reason } }
  }
  try {
    return await codec.unpack(packed, maxBytes)
  } catch (error) {
    return damaged(codec.name, error instanceof Error ? error.message : 'none')
  }
}
