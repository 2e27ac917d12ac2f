// A Produce request and its answer. Versions 3 to 7 of the protocol are written alike:
//
//   request  transactional_id = null, acks, timeout [topics: name [partitions: index, bytes of one record batch]]
//   answer   [topics: name [partitions: index error base_offset append_time (from 5 on) start_offset]] throttle
import type { ProduceBatch, ProduceOutcome } from '../port.ts'
import { PieceWriter } from '../records/piece-writer.ts'
import { sizeBatch, writeBatch, type SizedBatch } from '../records/write-batch.ts'
import { sendHot, versionOf } from './hot-request.ts'
import { protocolErrors, type RawBroker } from './internals.ts'

const newestVersion = 7
const acksOfAll = -1
/** A leader that cannot get its followers' word within this time says so. */
const timeoutMs = 10_000
const headBytes = 2 + 2 + 4 + 4
/** From this version on the broker answers first and wants to be left alone then, rather than before. */
const throttlingVersion = 6

const taken = 0
/** Sent again after its acknowledgement was lost: the broker has had it. */
const duplicateSequence = 46

/** As Channel.produce. */
export async function produce(
  broker: RawBroker,
  batches: readonly ProduceBatch[],
): Promise<readonly ProduceOutcome[]> {
  const apiVersion = versionOf(broker, 'Produce', newestVersion)
  const answer = await sendHot(broker, {
    apiName: 'Produce',
    apiVersion,
    pieces: encodeProduce(batches),
    throttleMs: (raw) => (apiVersion < throttlingVersion ? 0 : raw.readInt32BE(raw.length - 4)),
  })
  const found = readProduced(answer, apiVersion)
  return batches.map(({ topic, partition }) => outcomeOf(found.get(`${topic}/${partition}`)))
}

/** The body of the request. Exported for its test. */
export function encodeProduce(
  batches: readonly ProduceBatch[],
  nowMs = Date.now(),
): readonly Uint8Array[] {
  const byTopic = new Map<string, SizedBatch[]>()
  for (const batch of batches) {
    const sized = sizeBatch(batch)
    const ofTopic = byTopic.get(batch.topic)
    if (ofTopic === undefined) byTopic.set(batch.topic, [sized])
    else ofTopic.push(sized)
  }
  let plainBytes = headBytes
  for (const [topic, sized] of byTopic) {
    plainBytes += 2 + Buffer.byteLength(topic) + 4
    for (const one of sized) plainBytes += 4 + 4 + one.plainBytes
  }
  const to = new PieceWriter(plainBytes)
  to.int16(-1) // no transaction
  to.int16(acksOfAll)
  to.int32(timeoutMs)
  to.int32(byTopic.size)
  for (const [topic, sized] of byTopic) {
    to.int16(Buffer.byteLength(topic))
    to.text(topic)
    to.int32(sized.length)
    for (const one of sized) {
      to.int32(one.batch.partition)
      to.int32(one.bytes)
      writeBatch(to, one, nowMs)
    }
  }
  return to.end()
}

interface Produced {
  readonly errorCode: number
  readonly appendTimeMs: number
}

/** By topic and partition. Exported for its test. Throws a RangeError for an answer cut off. */
export function readProduced(raw: Buffer, version: number): ReadonlyMap<string, Produced> {
  const found = new Map<string, Produced>()
  let at = 4
  for (let topics = raw.readInt32BE(0); topics > 0; topics--) {
    const nameAt = at + 2
    at = nameAt + raw.readInt16BE(at)
    const topic = raw.toString('utf8', nameAt, at)
    const partitions = raw.readInt32BE(at)
    at += 4
    for (let left = partitions; left > 0; left--) {
      const partition = raw.readInt32BE(at)
      const errorCode = raw.readInt16BE(at + 4)
      const appendTimeMs = Number(raw.readBigInt64BE(at + 14))
      found.set(`${topic}/${partition}`, { errorCode, appendTimeMs })
      at += version >= 5 ? 30 : 22
    }
  }
  return found
}

function outcomeOf(one: Produced | undefined): ProduceOutcome {
  if (one === undefined) {
    return { isTaken: false, error: new Error('an answer that leaves a partition out') }
  }
  const { errorCode, appendTimeMs } = one
  if (errorCode === taken || errorCode === duplicateSequence) return { isTaken: true, appendTimeMs }
  return { isTaken: false, error: protocolErrors.createErrorFromCode(errorCode) }
}
