// A Fetch request and its answer, read down to the record batches of each partition, whose bytes are handed
// on as they are: kafkajs's own reader unpacks and reads every record at once, and one that cannot be read
// makes it throw the whole answer away, for ever. Versions 4 to 11 of the protocol:
//
//   request  replica = -1, max_wait, min_bytes, max_bytes, isolation (7: session = 0, epoch = -1)
//            [topics: name [partitions: index (9: leader_epoch = -1) offset (5: start_offset = -1) max_bytes]]
//            (7: [forgotten]) (11: rack)
import type { FetchedPartition, FetchRequest } from '../port.ts'
import { PieceWriter } from '../records/piece-writer.ts'
import { sendHot, versionOf } from './hot-request.ts'
import { protocolErrors, type RawBroker } from './internals.ts'

const newestVersion = 11
const noOne = -1
const readCommitted = 1

/** As Channel.fetch. */
export async function fetchRecords(
  broker: RawBroker,
  request: FetchRequest,
): Promise<readonly FetchedPartition[]> {
  const apiVersion = versionOf(broker, 'Fetch', newestVersion)
  const pieces = encodeFetch(request, apiVersion)
  return readFetch(await sendHot(broker, { apiName: 'Fetch', apiVersion, pieces }), apiVersion)
}

/** The body of the request. Exported for its test. */
export function encodeFetch(request: FetchRequest, version: number): readonly Uint8Array[] {
  const { topic, positions, maxWaitMs, minBytes, maxBytes, maxBytesPerPartition } = request
  const partitionBytes = 16 + (version >= 9 ? 4 : 0) + (version >= 5 ? 8 : 0)
  const topicBytes = 4 + 2 + Buffer.byteLength(topic) + 4 + positions.length * partitionBytes
  const to = new PieceWriter(17 + (version >= 7 ? 12 : 0) + topicBytes + (version >= 11 ? 2 : 0))
  to.int32(noOne)
  to.int32(maxWaitMs)
  to.int32(minBytes)
  to.int32(maxBytes)
  to.int8(readCommitted)
  if (version >= 7) {
    to.int32(0) // session
    to.int32(-1)
  }
  to.int32(1)
  to.int16(Buffer.byteLength(topic))
  to.text(topic)
  to.int32(positions.length)
  for (const { partition, offset } of positions) {
    to.int32(partition)
    if (version >= 9) to.int32(-1) // leader epoch
    to.int64(offset)
    if (version >= 5) to.int64(-1n) // a follower's
    to.int32(maxBytesPerPartition)
  }
  if (version >= 7) to.int32(0) // forgotten
  if (version >= 11) to.int16(0) // rack
  return to.end()
}

/** Of one topic. Exported for its test. Throws the broker's error for the whole request, or a RangeError for one cut off. */
export function readFetch(raw: Buffer, version: number): readonly FetchedPartition[] {
  let at = 4 // throttle
  const int16 = () => raw.readInt16BE((at += 2) - 2)
  const int32 = () => raw.readInt32BE((at += 4) - 4)
  const int64 = () => raw.readBigInt64BE((at += 8) - 8)
  const times = <T>(read: () => T): T[] =>
    Array.from({ length: Math.max(0, int32()) }, () => read())
  if (version >= 7) {
    const code = int16()
    int32() // session
    if (code !== 0) throw protocolErrors.createErrorFromCode(code)
  }
  const readPartition = (): FetchedPartition => {
    const partition = int32()
    const code = int16()
    const high = int64()
    int64() // last stable offset
    if (version >= 5) int64() // log start
    const abortedTransactions = times(() => ({ producerId: int64(), firstOffset: int64() }))
    if (version >= 11) int32() // preferred replica
    const size = Math.max(0, int32())
    const records = raw.subarray(at, at + size)
    at += size
    const error = code === 0 ? undefined : protocolErrors.createErrorFromCode(code)
    return { partition, high, error, abortedTransactions, records }
  }
  return times(() => {
    at += 2 + raw.readInt16BE(at) // topic
    return times(readPartition)
  }).flat()
}
