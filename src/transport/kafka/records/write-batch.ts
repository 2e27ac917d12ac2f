// Records as they travel to a broker: one batch of message format v2 (batch.ts draws it), written in one go
// into memory that is there for it. kafkajs's own writer copies each value six times and sums it up in
// JavaScript: at 64 in flight that was a third of a tier's CPU (measured).
import { crc32c } from '@node-rs/crc32'
import type { ProduceBatch, ProduceRecord } from '../port.ts'

const headBytes = 61
/** Bytes before those that the batch's own length counts. */
const framingBytes = 12
const crcAt = 17
const summedAt = 21
const none = -1

/** A batch whose size is known, so that memory for it can be made. */
export interface SizedBatch {
  readonly batch: ProduceBatch
  readonly bytes: number
  /** Of each record, without the bytes of its length. */
  readonly bodies: readonly number[]
}

export function sizeBatch(batch: ProduceBatch): SizedBatch {
  const bodies = batch.records.map(bodyBytes)
  const bytes = bodies.reduce((sum, body) => sum + varintBytes(body) + body, headBytes)
  return { batch, bytes, bodies }
}

function bodyBytes({ value, headers }: ProduceRecord, index: number): number {
  const entries = Object.entries(headers)
  let bytes = 2 + varintBytes(index) + varintBytes(none) + varintBytes(entries.length)
  bytes += value === null ? varintBytes(none) : varintBytes(value.byteLength) + value.byteLength
  for (const [name, text] of entries) bytes += textBytes(name) + textBytes(text)
  return bytes
}

/** Writes it at `at` and returns where it ends. `nowMs` is the producer's clock, milliseconds since 1970. */
export function writeBatch(target: Buffer, at: number, sized: SizedBatch, nowMs: number): number {
  const { batch, bytes, bodies } = sized
  const { identity, records } = batch
  const end = at + bytes
  target.writeBigInt64BE(0n, at)
  target.writeInt32BE(bytes - framingBytes, at + 8)
  target.writeInt32BE(none, at + 12) // leader epoch: the broker's to say
  target.writeInt8(2, at + 16)
  target.writeInt16BE(0, at + 21) // neither packed nor of a transaction
  target.writeInt32BE(records.length - 1, at + 23)
  target.writeBigInt64BE(BigInt(nowMs), at + 27)
  target.writeBigInt64BE(BigInt(nowMs), at + 35)
  target.writeBigInt64BE(BigInt(identity?.producerId ?? none), at + 43)
  target.writeInt16BE(identity?.epoch ?? none, at + 51)
  target.writeInt32BE(identity === undefined ? none : batch.firstSequence, at + 53)
  target.writeInt32BE(records.length, at + 57)
  let next = at + headBytes
  for (const [index, record] of records.entries()) {
    next = writeRecord(target, next, record, index, bodies[index] ?? 0)
  }
  target.writeUInt32BE(crc32c(target.subarray(at + summedAt, end)), at + crcAt)
  return end
}

function writeRecord(
  target: Buffer,
  start: number,
  { value, headers }: ProduceRecord,
  index: number,
  body: number,
): number {
  let at = writeVarint(target, start, body)
  target[at++] = 0 // attributes
  target[at++] = 0 // all records of a batch are of one time
  at = writeVarint(target, at, index)
  at = writeVarint(target, at, none) // key
  if (value === null) at = writeVarint(target, at, none)
  else {
    at = writeVarint(target, at, value.byteLength)
    target.set(value, at)
    at += value.byteLength
  }
  const entries = Object.entries(headers)
  at = writeVarint(target, at, entries.length)
  for (const [name, text] of entries) {
    at = writeText(target, at, name)
    at = writeText(target, at, text)
  }
  return at
}

function textBytes(text: string): number {
  const bytes = Buffer.byteLength(text)
  return varintBytes(bytes) + bytes
}

function writeText(target: Buffer, start: number, text: string): number {
  const at = writeVarint(target, start, Buffer.byteLength(text))
  return at + target.write(text, at, 'utf8')
}

/** Signed, zigzag, seven bits a byte. */
function varintBytes(value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  let bytes = 1
  for (; rest >= 0x80; rest >>>= 7) bytes++
  return bytes
}

function writeVarint(target: Buffer, start: number, value: number): number {
  let at = start
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  for (; rest >= 0x80; rest >>>= 7) target[at++] = (rest & 0x7f) | 0x80
  target[at++] = rest
  return at
}
