// The records of one batch, once they are unpacked. A record: length varint | attributes | time delta
// varlong | offset delta varint | key | value | count of headers varint | ( name | value )*, each of these
// fields with a varint of its length before it (-1: null).
import { DdnnError } from '../../../../errors.ts'
import type { RecordBatch } from './record-batch.ts'
import { ByteReader } from './byte-reader.ts'
import type { KafkaRecord, RecordsProblem } from './record.ts'

/** What one record, and one header, take beside their bytes: tiny ones must not cost a hundredfold. */
const recordOverheadBytes = 256
const headerOverheadBytes = 64
/** Objects of a batch may always take so much, however small the limit is. */
const leastObjectBytes = 1024 * 1024

const noHeaders: Readonly<Record<string, string>> = Object.freeze(
  Object.create(null) as Record<string, string>,
)

interface ReadRecords {
  /** In order, from `fromOffset` on. */
  readonly records: readonly KafkaRecord[]
  /** Offset delta of the last one that was read or stepped over; -1 where none was. */
  readonly lastDelta: number
  /** Why the rest was not read. */
  readonly problem: RecordsProblem | undefined
  /** Memory of the objects, in bytes, as guessed. */
  readonly cost: number
}

/**
 * Reads records until one is damaged or objects of more than `maxBytes` would have been made. Keys and
 * values are views of `bytes`. Never throws.
 */
export function readRecords(
  bytes: Buffer,
  batch: RecordBatch,
  fromOffset: bigint,
  maxBytes: number,
): ReadRecords {
  const { count, baseOffset, lastOffsetDelta, leaderEpoch, isBrokerTimed, maxTimestampMs } = batch
  const most = Math.max(maxBytes, leastObjectBytes)
  const reader = new ByteReader(bytes)
  const records: KafkaRecord[] = []
  let lastDelta = -1
  let cost = 0
  try {
    if (count < 0) throw malformed('a count of records', count)
    for (let index = 0; index < count; index++) {
      reader.end = bytes.length
      const length = reader.varint()
      const end = reader.position + length
      if (length < 0 || end > bytes.length) throw malformed('a record within its batch', length)
      reader.end = end
      reader.byte()
      const timeDelta = reader.varlong()
      const delta = reader.varint()
      if (delta <= lastDelta || delta > lastOffsetDelta) throw malformed('a later offset', delta)
      const offset = baseOffset + BigInt(delta)
      if (offset >= fromOffset) {
        const key = reader.view()
        const value = reader.view()
        const before = reader.position
        const headerCount = reader.varint()
        cost += recordOverheadBytes + headerOverheadBytes * Math.max(0, headerCount)
        if (cost > most) throw tooMany(most)
        const headers = readHeaders(reader, headerCount)
        cost += 2 * (reader.position - before)
        const timestampMs = isBrokerTimed ? maxTimestampMs : batch.baseTimestampMs + timeDelta
        records.push({ offset, timestampMs, isBrokerTimed, leaderEpoch, key, value, headers })
      }
      reader.position = end
      lastDelta = delta
    }
    if (reader.position < bytes.length && lastDelta < lastOffsetDelta) {
      throw malformed('no bytes behind the last record', bytes.length - reader.position)
    }
    return { records, lastDelta, problem: undefined, cost }
  } catch (error) {
    return { records, lastDelta, problem: problemOf(error), cost }
  }
}

function readHeaders(reader: ByteReader, count: number): Readonly<Record<string, string>> {
  if (count === 0) return noHeaders
  if (count < 0) throw malformed('a count of headers', count)
  // Without a prototype, a header named __proto__ is a name as any other.
  const headers = Object.create(null) as Record<string, string>
  for (let index = 0; index < count; index++) {
    const name = reader.text()
    const value = reader.text()
    if (name === null) throw malformed('a header with a name', 'null')
    if (value !== null && !(name in headers)) headers[name] = value
  }
  return headers
}

function malformed(expected: string, got: number | string): DdnnError {
  return new DdnnError('DDNN_FRAME_MALFORMED', `Expected ${expected}, got ${got}`)
}

function tooMany(most: number): DdnnError {
  const message = `Expected records that take at most ${most} bytes of memory, got more`
  return new DdnnError('DDNN_FRAME_TOO_LARGE', message)
}

function problemOf(error: unknown): RecordsProblem {
  if (error instanceof DdnnError) return { code: error.code, reason: error.message }
  // A text longer than a string can be.
  const reason = error instanceof Error ? error.message : 'Expected records, got none'
  return { code: 'DDNN_FRAME_MALFORMED', reason }
}
