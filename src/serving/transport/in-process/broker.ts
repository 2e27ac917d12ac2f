// What the links of one in-process transport share: the groups of each request topic, the readers of
// each reply topic, the dead letters.
import type { Headers } from '../headers.ts'
import { RequestGroup, type StoredRequest } from './group.ts'

/** A request that was put aside. */
export interface DeadLetter {
  readonly value: Uint8Array
  /** The request's own, its origin and the reason. */
  readonly headers: Headers
}

/** A front link as the broker sees it. */
export interface ReplyReader {
  deliver(partition: number, value: Uint8Array, headers: Headers): void
}

/** As many reply partitions as a Kafka topic gets by default. */
export const replyPartitions = 8

/** Dead letters kept of each topic: for a look at them, not for keeping. */
const keptDeadLetters = 100

interface RequestTopic {
  readonly groups: Map<string, RequestGroup>
  /** Sent before any group was there. */
  readonly unread: StoredRequest[]
  nextOffset: number
}

/** Topics in memory. Values are copied once, when they are stored, as a broker would. */
export class MemoryBroker {
  readonly #requests = new Map<string, RequestTopic>()
  readonly #readers = new Map<string, Set<ReplyReader>>()
  readonly #replyCounts = new Map<string, number>()
  readonly #deadLetters = new Map<string, DeadLetter[]>()

  /** The first group of a topic starts with what was sent before it, as at the earliest offset. */
  group(topicName: string, groupId: string): RequestGroup {
    const topic = this.#topic(topicName)
    const known = topic.groups.get(groupId)
    if (known !== undefined) return known
    const group = new RequestGroup()
    topic.groups.set(groupId, group)
    group.giveBack(topic.unread.splice(0))
    return group
  }

  addRequest(topicName: string, value: Uint8Array, headers: Headers): void {
    const topic = this.#topic(topicName)
    const request = {
      value: Uint8Array.from(value),
      headers,
      topic: topicName,
      offset: topic.nextOffset++,
      storedAt: performance.now(),
      timestampMs: Date.now(),
    }
    if (topic.groups.size === 0) topic.unread.push(request)
    for (const group of topic.groups.values()) group.add(request)
  }

  addReply(topicName: string, partition: number, value: Uint8Array, headers: Headers): void {
    this.#replyCounts.set(topicName, this.replyCount(topicName) + 1)
    const copy = Uint8Array.from(value)
    for (const reader of this.readers(topicName)) reader.deliver(partition, copy, headers)
  }

  /** Requests that were ever stored in a topic: where it ends. */
  requestCount(topicName: string): number {
    return this.#topic(topicName).nextOffset
  }

  /** As `requestCount`, of a reply topic: of all its partitions together. */
  replyCount(topicName: string): number {
    return this.#replyCounts.get(topicName) ?? 0
  }

  readers(replyTopic: string): Set<ReplyReader> {
    const readers = this.#readers.get(replyTopic) ?? new Set()
    this.#readers.set(replyTopic, readers)
    return readers
  }

  addDeadLetter(topic: string, letter: DeadLetter): void {
    const letters = this.#deadLetters.get(topic) ?? []
    letters.push({ ...letter, value: Uint8Array.from(letter.value) })
    if (letters.length > keptDeadLetters) letters.shift()
    this.#deadLetters.set(topic, letters)
  }

  deadLetters(topic: string): readonly DeadLetter[] {
    return this.#deadLetters.get(topic) ?? []
  }

  #topic(name: string): RequestTopic {
    const topic = this.#requests.get(name) ?? { groups: new Map(), unread: [], nextOffset: 0 }
    this.#requests.set(name, topic)
    return topic
  }
}
