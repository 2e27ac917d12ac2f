// One Fetch (version 4) over a socket of its own, for tests: the bytes of one partition as the broker
// keeps them, with no client between.
import { connect } from 'node:net'
import { withAdmin } from '../../../helpers/kafka.ts'

export interface RawFetch {
  readonly topic: string
  readonly offset: bigint
  readonly maxBytes?: number
  /** Read committed records alone: the broker then lists aborted transactions. */
  readonly isCommittedOnly?: boolean
}

export interface RawPartition {
  readonly records: Buffer
  readonly abortedTransactions: readonly { producerId: bigint; firstOffset: bigint }[]
}

/** Of partition 0, from the broker that leads it. */
export async function rawFetch(bootstrap: string, fetch: RawFetch): Promise<RawPartition> {
  const { host, port } = await leaderOf(bootstrap, fetch.topic)
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => socket.write(request(fetch)))
    let received = Buffer.alloc(0)
    socket.on('error', reject)
    socket.on('data', (part) => {
      received = Buffer.concat([received, part])
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return
      socket.destroy()
      resolve(response(received))
    })
  })
}

/** Of partition 0. */
export function leaderOf(
  bootstrap: string,
  topic: string,
): Promise<{ host: string; port: number }> {
  return withAdmin(bootstrap, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    const { brokers } = await admin.describeCluster()
    const leader = brokers.find(({ nodeId }) => nodeId === topics[0]?.partitions[0]?.leader)
    if (leader === undefined) throw new Error(`Expected a leader of ${topic}, got none`)
    return leader
  })
}

function request({
  topic,
  offset,
  maxBytes = 10_000_000,
  isCommittedOnly = false,
}: RawFetch): Buffer {
  const name = Buffer.from(topic)
  const bytes = Buffer.alloc(53 + name.length + 4)
  let at = 4
  const int16 = (value: number) => (at = bytes.writeInt16BE(value, at))
  const int32 = (value: number) => (at = bytes.writeInt32BE(value, at))
  for (const value of [1, 4]) int16(value) // Fetch, version
  int32(1) // correlation
  int16(-1) // no client id
  for (const value of [-1, 1000, 1, maxBytes]) int32(value) // replica, wait, least, most
  at = bytes.writeInt8(isCommittedOnly ? 1 : 0, at)
  int32(1)
  int16(name.length)
  at += name.copy(bytes, at)
  int32(1)
  int32(0)
  at = bytes.writeBigInt64BE(offset, at)
  int32(maxBytes)
  bytes.writeInt32BE(at - 4, 0)
  return bytes.subarray(0, at)
}

function response(bytes: Buffer): RawPartition {
  let at = 4 + 4 + 4 + 4 // size, correlation, throttle, count of topics
  at += 2 + bytes.readInt16BE(at)
  at += 4 + 4 // count of partitions, partition
  const code = bytes.readInt16BE(at)
  if (code !== 0) throw new Error(`Expected records, got error ${code} of the broker`)
  at += 2 + 8 + 8
  const count = Math.max(0, bytes.readInt32BE(at))
  at += 4
  const abortedTransactions = Array.from({ length: count }, (_, index) => ({
    producerId: bytes.readBigInt64BE(at + 16 * index),
    firstOffset: bytes.readBigInt64BE(at + 16 * index + 8),
  }))
  at += 16 * count
  const size = bytes.readInt32BE(at)
  return { records: bytes.subarray(at + 4, at + 4 + size), abortedTransactions }
}
