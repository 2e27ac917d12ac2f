// Writes record batches for tests, right ones and such as no producer makes: every field of the head can
// be set, and the checksum is that of the bytes unless another is given.
import { crc32c } from '@node-rs/crc32'

export interface TestRecord {
  readonly offsetDelta?: number
  readonly timeDelta?: number
  readonly key?: Buffer | null
  readonly value?: Buffer | null
  readonly headers?: readonly (readonly [name: string, value: Buffer | null])[]
}

export interface TestBatch {
  readonly baseOffset?: bigint
  readonly magic?: number
  readonly crc?: number
  readonly attributes?: number
  readonly lastOffsetDelta?: number
  readonly baseTimestamp?: bigint
  readonly maxTimestamp?: bigint
  readonly producerId?: bigint
  readonly count?: number
  readonly records?: readonly TestRecord[]
  /** Packs the bytes of the records. */
  readonly pack?: (records: Buffer) => Buffer
}

/** One batch; its length is always that of its bytes. */
export function writeBatch(batch: TestBatch = {}): Buffer {
  const records = batch.records ?? []
  const plain = writeRecords(records)
  const body = batch.pack?.(plain) ?? plain
  const bytes = Buffer.alloc(61 + body.length)
  bytes.writeBigInt64BE(batch.baseOffset ?? 0n, 0)
  bytes.writeInt32BE(bytes.length - 12, 8)
  bytes.writeInt8(batch.magic ?? 2, 16)
  bytes.writeInt16BE(batch.attributes ?? 0, 21)
  bytes.writeInt32BE(batch.lastOffsetDelta ?? Math.max(0, records.length - 1), 23)
  bytes.writeBigInt64BE(batch.baseTimestamp ?? 1000n, 27)
  bytes.writeBigInt64BE(batch.maxTimestamp ?? 2000n, 35)
  bytes.writeBigInt64BE(batch.producerId ?? -1n, 43)
  bytes.writeInt16BE(-1, 51)
  bytes.writeInt32BE(-1, 53)
  bytes.writeInt32BE(batch.count ?? records.length, 57)
  body.copy(bytes, 61)
  return seal(bytes, batch.crc)
}

/** Writes the checksum of what stands in the batch now, for bytes changed after they were written. */
export function seal(bytes: Buffer, crc = crc32c(bytes.subarray(21))): Buffer {
  bytes.writeUInt32BE(crc, 17)
  return bytes
}

/** The bytes behind the head of a batch. */
export function writeRecords(records: readonly TestRecord[]): Buffer {
  return Buffer.concat(records.map(writeRecord))
}

function writeRecord(record: TestRecord, index: number): Buffer {
  const headers = record.headers ?? []
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(record.timeDelta ?? 0),
    varint(record.offsetDelta ?? index),
    sized(record.key ?? null),
    sized(record.value ?? null),
    varint(headers.length),
    ...headers.flatMap(([name, value]) => [sized(Buffer.from(name)), sized(value)]),
  ])
  return Buffer.concat([varint(body.length), body])
}

function sized(bytes: Buffer | null): Buffer {
  return bytes === null ? varint(-1) : Buffer.concat([varint(bytes.length), bytes])
}

/** Zigzag, as all of a record's numbers are. */
export function varint(value: number): Buffer {
  let left = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n))
  const bytes: number[] = []
  do {
    const byte = Number(left & 0x7fn)
    left >>= 7n
    bytes.push(left === 0n ? byte : byte | 0x80)
  } while (left !== 0n)
  return Buffer.from(bytes)
}
