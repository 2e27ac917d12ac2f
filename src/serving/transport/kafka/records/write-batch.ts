// Records as they travel to a broker: one batch of message format v2 (batch.ts draws it), written in one go
// into memory that is there for it. kafkajs's own writer copies each value six times and sums it up in
// JavaScript: at 64 in flight that was a third of a tier's CPU (measured).
import type { ProduceBatch, ProduceRecord } from '../port.ts'
import { isPiece, type PieceWriter } from './piece-writer.ts'

const headBytes = 61
/** Bytes before those that the batch's own length counts. */
const framingBytes = 12
const none = -1

/** A batch whose size is known, so that memory for it can be made. */
export interface SizedBatch {
  readonly batch: ProduceBatch
  readonly bytes: number
  /** Without the values that are pieces of their own. */
  readonly plainBytes: number
  /** Of each record, without the bytes of its length. */
  readonly bodies: readonly number[]
}

export function sizeBatch(batch: ProduceBatch): SizedBatch {
  const bodies: number[] = []
  let bytes = headBytes
  let plainBytes = headBytes
  for (const [index, record] of batch.records.entries()) {
    const body = bodyBytes(record, index)
    const all = varintBytes(body) + body
    const { value } = record
    bodies.push(body)
    bytes += all
    plainBytes += value !== null && isPiece(value) ? all - value.byteLength : all
  }
  return { batch, bytes, plainBytes, bodies }
}

function bodyBytes({ value, headers }: ProduceRecord, index: number): number {
  const entries = Object.entries(headers)
  let bytes = 2 + varintBytes(index) + varintBytes(none) + varintBytes(entries.length)
  bytes += value === null ? varintBytes(none) : varintBytes(value.byteLength) + value.byteLength
  for (const [name, text] of entries) bytes += textBytes(name) + textBytes(text)
  return bytes
}

/** `nowMs` is the producer's clock, milliseconds since 1970. */
export function writeBatch(to: PieceWriter, sized: SizedBatch, nowMs: number): void {
  const { batch, bytes, bodies } = sized
  const { identity, records } = batch
  const now = BigInt(nowMs)
  to.int64(0n)
  to.int32(bytes - framingBytes)
  to.int32(none) // leader epoch: the broker's to say
  to.int8(2)
  const sum = to.beginSum()
  to.int16(0) // neither packed nor of a transaction
  to.int32(records.length - 1)
  to.int64(now)
  to.int64(now)
  to.int64(BigInt(identity?.producerId ?? none))
  to.int16(identity?.epoch ?? none)
  to.int32(identity === undefined ? none : batch.firstSequence)
  to.int32(records.length)
  for (const [index, record] of records.entries())
    writeRecord(to, record, index, bodies[index] ?? 0)
  to.endSum(sum)
}

function writeRecord(
  to: PieceWriter,
  { value, headers }: ProduceRecord,
  index: number,
  body: number,
): void {
  to.varint(body)
  to.int8(0) // attributes
  to.int8(0) // all records of a batch are of one time
  to.varint(index)
  to.varint(none) // key
  if (value === null) to.varint(none)
  else {
    to.varint(value.byteLength)
    to.bytes(value)
  }
  const entries = Object.entries(headers)
  to.varint(entries.length)
  for (const [name, text] of entries) {
    writeText(to, name)
    writeText(to, text)
  }
}

function textBytes(text: string): number {
  const bytes = Buffer.byteLength(text)
  return varintBytes(bytes) + bytes
}

function writeText(to: PieceWriter, text: string): void {
  to.varint(Buffer.byteLength(text))
  to.text(text)
}

function varintBytes(value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  let bytes = 1
  for (; rest >= 0x80; rest >>>= 7) bytes++
  return bytes
}
