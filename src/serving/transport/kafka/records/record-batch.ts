// The head of one record batch (message format v2), 61 bytes, all big-endian:
//   baseOffset int64 | length int32 | leaderEpoch int32 | magic int8 | crc uint32 | attributes int16
//   | lastOffsetDelta int32 | baseTimestamp int64 | maxTimestamp int64 | producerId int64
//   | producerEpoch int16 | baseSequence int32 | count int32 | records
// The crc (CRC32C) is of everything behind it. Older formats (magic 0 and 1) share the first 17 bytes.
import { crc32c } from '@node-rs/crc32'

/** Bytes before those that `length` counts: offset and length themselves. */
const framingBytes = 12
const headBytes = 61
/** Least `length` of an entry of magic 0: crc, magic, attributes, two lengths. */
const leastLength = 14
/** The largest offset that still has a next one. */
const mostOffset = 2n ** 63n - 2n

export interface RecordBatch {
  readonly baseOffset: bigint
  readonly lastOffset: bigint
  readonly lastOffsetDelta: number
  /** Of the broker that took it in. */
  readonly leaderEpoch: number
  readonly codec: number
  readonly isBrokerTimed: boolean
  readonly isTransactional: boolean
  readonly isControl: boolean
  readonly baseTimestampMs: number
  readonly maxTimestampMs: number
  readonly producerId: bigint
  /** As claimed: believed only as far as bytes for it are there. */
  readonly count: number
  /** Where the records begin in the fetched bytes. */
  readonly recordsAt: number
  /** Where the next batch begins. */
  readonly end: number
}

/** A batch that cannot be read, as far as its place can be told. */
interface UnreadableBatch {
  readonly offset: bigint
  readonly lastOffset: bigint
  readonly timestampMs: number
  readonly reason: string
  /** Where the next batch begins; undefined where that, or how far the offsets go, cannot be trusted. */
  readonly end: number | undefined
}

/**
 * The batch that begins at `start`; undefined where it is not there as a whole.
 * `expected` is the offset that comes next: where a batch's own place cannot be trusted, that one offset
 * is what is stepped over, and the next fetch begins behind it.
 */
export function readBatchHead(
  bytes: Buffer,
  start: number,
  expected: bigint,
): RecordBatch | UnreadableBatch | undefined {
  const left = bytes.length - start
  if (left < framingBytes) return undefined
  const length = bytes.readInt32BE(start + 8)
  const lost = (reason: string, timestampMs = -1): UnreadableBatch => ({
    offset: expected,
    lastOffset: expected,
    timestampMs,
    reason,
    end: undefined,
  })
  const later = (offset: bigint) => (offset < expected ? expected : offset)
  if (length < leastLength) return lost(`Expected a batch of 14 bytes or more, got ${length}`)
  if (left < framingBytes + length) return undefined
  const end = start + framingBytes + length
  const magic = bytes.readInt8(start + 16)
  const baseOffset = bytes.readBigInt64BE(start)
  if (magic === 0 || magic === 1) return oldEntry(bytes, start, end, magic, expected)
  if (magic !== 2) return lost(`Expected message format 2, got ${magic}`)
  if (length < headBytes - framingBytes) {
    return lost(`Expected a batch of 49 bytes or more, got ${length}`)
  }

  const lastOffsetDelta = bytes.readInt32BE(start + 23)
  const count = bytes.readInt32BE(start + 57)
  const maxTimestampMs = int64(bytes, start + 35)
  const lastOffset = baseOffset + BigInt(lastOffsetDelta)
  const isInPlace = baseOffset >= 0n && lastOffset <= mostOffset
  if (lastOffsetDelta < 0 || !isInPlace) {
    return lost(`Expected a batch with offsets, got ${baseOffset} to ${lastOffset}`, maxTimestampMs)
  }
  const crc = bytes.readUInt32BE(start + 17)
  if (crc32c(bytes.subarray(start + 21, end)) !== crc) {
    const reason = 'Expected bytes of the checksum that the batch names, got others'
    // Where count and offsets agree they are believed; a compacted batch is stepped over one by one.
    return count === lastOffsetDelta + 1
      ? { offset: later(baseOffset), lastOffset, timestampMs: maxTimestampMs, reason, end }
      : lost(reason, maxTimestampMs)
  }
  const attributes = bytes.readInt16BE(start + 21)
  return {
    baseOffset,
    lastOffset,
    lastOffsetDelta,
    leaderEpoch: bytes.readInt32BE(start + 12),
    codec: attributes & 0x07,
    isBrokerTimed: (attributes & 0x08) !== 0,
    isTransactional: (attributes & 0x10) !== 0,
    isControl: (attributes & 0x20) !== 0,
    baseTimestampMs: int64(bytes, start + 27),
    maxTimestampMs,
    producerId: bytes.readBigInt64BE(start + 43),
    count,
    recordsAt: start + headBytes,
    end,
  }
}

/** Of magic 0 and 1, the offset of a packed entry is that of its last message. */
function oldEntry(
  bytes: Buffer,
  start: number,
  end: number,
  magic: number,
  expected: bigint,
): UnreadableBatch {
  const lastOffset = bytes.readBigInt64BE(start)
  const isPacked = (bytes.readInt8(start + 17) & 0x07) !== 0
  const isInPlace = lastOffset >= 0n && lastOffset <= mostOffset
  return {
    offset: isPacked || !isInPlace ? expected : lastOffset,
    lastOffset: isInPlace ? lastOffset : expected,
    timestampMs: magic === 1 && end - start >= 26 ? int64(bytes, start + 18) : -1,
    reason: `Expected message format 2, got ${magic}`,
    end: isInPlace ? end : undefined,
  }
}

/** As a number: exact up to 2^53, which is enough for milliseconds. */
function int64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4)
}
