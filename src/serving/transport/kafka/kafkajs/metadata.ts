// Kafka's Metadata request in version 10, which kafkajs does not know: it alone tells a topic's id, by
// which a topic that was deleted and made anew is told from the one before. Layout: Kafka's protocol guide.
//
//   request  [topics: id uuid, name] allow_creation, cluster_operations, topic_operations
//   response throttle [brokers: node host port rack] cluster controller
//            [topics: error name id internal [partitions: error index leader epoch [replicas] [isr] [offline]] ops] ops
import { plainHost } from '../dial.ts'
import type { PartitionView, TopicView } from '../port.ts'
import { Encoder, apiKeys, protocolErrors, type ProtocolRequest } from './internals.ts'

export const idVersion = 10
const unknownTopic = 3

export interface Metadata {
  readonly brokers: readonly {
    readonly nodeId: number
    readonly host: string
    readonly port: number
  }[]
  readonly topics: readonly TopicView[]
}

/** A topic that is missing is left out; any other error of a topic rejects. */
export function metadataRequest(names: readonly string[]): ProtocolRequest {
  const parts = [Buffer.from([0]), compactLength(names.length)]
  for (const name of names) {
    const bytes = Buffer.from(name)
    parts.push(Buffer.alloc(16), compactLength(bytes.length), bytes, Buffer.from([0]))
  }
  parts.push(Buffer.from([0, 0, 0, 0]))
  const request = {
    apiKey: apiKeys.Metadata,
    apiVersion: idVersion,
    apiName: 'Metadata',
    encode: () => Promise.resolve(new Encoder().writeBuffer(Buffer.concat(parts))),
  }
  return {
    request,
    response: {
      decode: (raw) => Promise.resolve(readMetadata(new CompactReader(raw))),
      parse: (decoded) => Promise.resolve(decoded),
    },
  }
}

/** Exported for its test. */
export function readMetadata(from: CompactReader): Metadata {
  from.tags() // of the response's header
  from.int32() // throttle
  const brokers = from.array(() => {
    const broker = { nodeId: from.int32(), host: plainHost(from.text() ?? ''), port: from.int32() }
    from.text() // rack
    from.tags()
    return broker
  })
  from.text() // cluster id
  from.int32() // controller
  const topics = from.array(() => {
    const error = from.int16()
    const topic = from.text() ?? ''
    const id = from.bytes(16).toString('hex')
    from.int8() // internal
    const partitions = from.array(() => readPartition(from))
    from.int32() // operations
    from.tags()
    return { error, view: { topic, id: /^0+$/.test(id) ? undefined : id, partitions } }
  })
  const failed = topics.find(({ error }) => error !== 0 && error !== unknownTopic)
  // LEADER_NOT_AVAILABLE of a partition is no error of its topic.
  if (failed !== undefined && failed.view.partitions.length === 0) {
    throw protocolErrors.createErrorFromCode(failed.error)
  }
  return {
    brokers,
    topics: topics.filter(({ error }) => error !== unknownTopic).map(({ view }) => view),
  }
}

function readPartition(from: CompactReader): PartitionView {
  from.int16() // error: told by the leader
  const partition = from.int32()
  const leader = from.int32()
  const leaderEpoch = from.int32()
  const replicas = from.array(() => from.int32())
  const inSync = from.array(() => from.int32())
  from.array(() => from.int32()) // offline
  from.tags()
  return { partition, leader, leaderEpoch, replicas, inSync }
}

/** Lengths are varints of one more than they are, 0 for null. */
function compactLength(length: number): Buffer {
  const bytes: number[] = []
  for (let rest = length + 1; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest])
    bytes.push((rest & 0x7f) | 0x80)
  }
}

/** Reads the flexible versions of the protocol; throws a RangeError beyond the end. */
export class CompactReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  int8(): number {
    return this.#bytes.readInt8((this.#at += 1) - 1)
  }

  int16(): number {
    return this.#bytes.readInt16BE((this.#at += 2) - 2)
  }

  int32(): number {
    return this.#bytes.readInt32BE((this.#at += 4) - 4)
  }

  bytes(length: number): Buffer {
    if (this.#at + length > this.#bytes.length) throw new RangeError('an answer that is cut off')
    return this.#bytes.subarray(this.#at, (this.#at += length))
  }

  varint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes.readUInt8(this.#at++)
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    return value >>> 0
  }

  text(): string | null {
    const length = this.varint()
    return length === 0 ? null : this.bytes(length - 1).toString('utf8')
  }

  array<T>(read: () => T): T[] {
    const items: T[] = []
    for (let left = this.varint() - 1; left > 0; left--) items.push(read())
    return items
  }

  tags(): void {
    for (let left = this.varint(); left > 0; left--) {
      this.varint()
      this.bytes(this.varint())
    }
  }
}
