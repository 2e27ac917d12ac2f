// A Produce request, written at once into one piece of memory. Versions 3 to 7 of the protocol are alike:
//
//   transactional_id = null, acks, timeout [topics: name [partitions: index, bytes of one record batch]]
import type { ProduceBatch } from '../port.ts'
import { sizeBatch, writeBatch, type SizedBatch } from '../records/write-batch.ts'
import {
  Encoder,
  apiKeys,
  requestOf,
  unchecked,
  type ProtocolRequest,
  type RawBroker,
} from './internals.ts'

const acksOfAll = -1
/** A leader that cannot get its followers' word within this time says so. */
const timeoutMs = 10_000
const headBytes = 2 + 2 + 4 + 4

/** Of all batches, whose errors are left in the answer. */
export function produceRequest(
  broker: RawBroker,
  batches: readonly ProduceBatch[],
): ProtocolRequest {
  // The version that both ends know, and the reader of its answer.
  const known = requestOf(broker, 'Produce', { topicData: [] })
  return {
    ...unchecked(known),
    request: {
      apiKey: apiKeys.Produce,
      apiVersion: known.request.apiVersion,
      apiName: 'Produce',
      expectResponse: () => true,
      encode: () => Promise.resolve(encoderOf(encodeProduce(batches))),
    },
  }
}

/** The body of the request. Exported for its test. */
export function encodeProduce(batches: readonly ProduceBatch[], nowMs = Date.now()): Buffer {
  const byTopic = new Map<string, SizedBatch[]>()
  for (const batch of batches) {
    const sized = sizeBatch(batch)
    const ofTopic = byTopic.get(batch.topic)
    if (ofTopic === undefined) byTopic.set(batch.topic, [sized])
    else ofTopic.push(sized)
  }
  let size = headBytes
  for (const [topic, sized] of byTopic) {
    size += 2 + Buffer.byteLength(topic) + 4
    for (const { bytes } of sized) size += 4 + 4 + bytes
  }
  const body = Buffer.allocUnsafe(size)
  let at = body.writeInt16BE(-1, 0) // no transaction
  at = body.writeInt16BE(acksOfAll, at)
  at = body.writeInt32BE(timeoutMs, at)
  at = body.writeInt32BE(byTopic.size, at)
  for (const [topic, sized] of byTopic) {
    at = body.writeInt16BE(Buffer.byteLength(topic), at)
    at += body.write(topic, at, 'utf8')
    at = body.writeInt32BE(sized.length, at)
    for (const one of sized) {
      at = body.writeInt32BE(one.batch.partition, at)
      at = body.writeInt32BE(one.bytes, at)
      at = writeBatch(body, at, one, nowMs)
    }
  }
  return body
}

/** kafkajs takes bodies as encoders; this one is full from the start. */
function encoderOf(body: Buffer): object {
  return Object.assign(new Encoder(1), { buf: body, offset: body.length })
}
