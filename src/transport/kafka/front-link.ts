// An asker's side of Kafka: sends requests, reads its own replies. Its place in the reply topic is its
// own matter and never the group's: the end of the partition before joining, then the last reply seen.
import type { EachBatchPayload } from 'kafkajs'
import { TransportError } from '../../errors.ts'
import { closedError } from '../closed-error.ts'
import { headerNames, partitionFor } from '../headers.ts'
import type {
  FrontLink,
  FrontLinkOptions,
  Headers,
  IncomingReply,
  LinkState,
} from '../transport.ts'
import { createFixedAssigner } from './fixed-assigner.ts'
import { GroupConsumer } from './group-consumer.ts'
import type { LinkContext } from './link-context.ts'
import { untilPositioned } from './position-wait.ts'
import { bufferOf, headersOf } from './records.ts'
import { neededRecordBytes, prepareTopic } from './topics.ts'
import { createWakeUp } from './wake-up.ts'

export class KafkaFrontLink implements FrontLink {
  readonly #context: LinkContext
  readonly #options: FrontLinkOptions
  readonly #closing = new AbortController()
  readonly #changed = createWakeUp()
  /** Next offset of each partition that is read. */
  readonly #next = new Map<number, bigint>()
  #consumer: GroupConsumer | undefined
  #onReply: ((reply: IncomingReply) => void) | undefined
  #prepared: Promise<void> | undefined
  #hasPosition = false
  #isOpen = false
  #owed = 0
  /** Why it left its replies to another process. */
  #givenWay: TransportError | undefined

  constructor(context: LinkContext, options: FrontLinkOptions) {
    this.#context = context
    this.#options = options
  }

  get state(): LinkState {
    const { requests, replies } = this.#context
    const reason =
      requests.reason ??
      replies.reason ??
      this.#givenWay?.message ??
      (this.#hasPosition ? undefined : `no position in '${this.#options.replyTopic}' yet`)
    return { ready: reason === undefined, reason }
  }

  get owed(): number {
    return this.#owed
  }

  async open(onReply: (reply: IncomingReply) => void): Promise<void> {
    this.#onReply = onReply
    await this.prepare()
    await this.#readEnds()
    if (this.#options.replies === 'all') await this.#countOwed()
    await this.#join()
  }

  prepare(): Promise<void> {
    this.#prepared ??= this.#prepare()
    return this.#prepared
  }

  async #prepare(): Promise<void> {
    await Promise.all([this.#prepareRequests(), this.#prepareReplies()])
  }

  async #prepareRequests(): Promise<void> {
    const { requests, policy, log } = this.#context
    const { requestTopic: topic, maxRequestBytes: maxValueBytes } = this.#options
    const need = { topic, maxValueBytes }
    await requests.start(
      (admin) => prepareTopic(admin, need, policy, requests.place, log),
      `topic '${topic}'`,
    )
    requests.watch.add(topic)
    await requests.startProducer()
  }

  async #prepareReplies(): Promise<void> {
    const { replies, policy, log } = this.#context
    const { replyTopic: topic, maxReplyBytes: maxValueBytes } = this.#options
    const need = { topic, maxValueBytes }
    await replies.start(
      (admin) => prepareTopic(admin, need, policy, replies.place, log),
      `topic '${topic}'`,
    )
    replies.watch.add(topic)
  }

  /** Where the replies end now: those to requests sent from now on stand behind that. */
  async #readEnds(): Promise<void> {
    const { replies } = this.#context
    const { replyTopic: topic } = this.#options
    const ends = await replies.start((admin) => admin.fetchTopicOffsets(topic), `topic '${topic}'`)
    const own = partitionFor(this.#options.processId, this.#options.ordinal, ends.length)
    for (const { partition, high } of ends) {
      if (this.#options.replies === 'all' || partition === own) {
        this.#next.set(partition, BigInt(high))
      }
    }
  }

  /**
   * An original gives one reply a request, so the ends of the two topics tell how many it still owes. Read
   * after the position was: every reply that comes since then is one of those.
   */
  async #countOwed(): Promise<void> {
    const { requests } = this.#context
    const { requestTopic: topic } = this.#options
    const ends = await requests.start((admin) => admin.fetchTopicOffsets(topic), `topic '${topic}'`)
    const asked = ends.reduce((sum, { high }) => sum + BigInt(high), 0n)
    const answered = [...this.#next.values()].reduce((sum, next) => sum + next, 0n)
    this.#owed = Math.max(0, Number(asked - answered))
  }

  async #join(): Promise<void> {
    const { replies, sessionTimeoutMs, joinTimeoutMs, coordinatorTimeoutMs, log } = this.#context
    const { replyTopic, processId, maxReplyBytes } = this.#options
    // Who reads one partition has a group of his own; the broker forgets it when it is empty, since it
    // commits nothing. Who reads all must be alone with them, and a group of the topic shows who is not.
    const isOwn = this.#options.replies === 'own'
    const groupId = isOwn
      ? `ddnn-replies.${replyTopic}.${processId}`
      : `ddnn-json-front.${replyTopic}`
    const consumer = new GroupConsumer({
      cluster: replies,
      groupId,
      isGroupDisposable: isOwn,
      topic: replyTopic,
      assigner: createFixedAssigner([...this.#next.keys()]),
      sessionTimeoutMs,
      maxRecordBytes: neededRecordBytes(maxReplyBytes),
      onJoin: (_partitions, isLeader) => {
        if (isOwn || isLeader) this.#seek()
        else this.#giveWay()
      },
      onBatch: (payload) => this.#onBatch(payload),
      onLost: () => this.#lose(),
      log,
    })
    this.#consumer = consumer
    await replies.start(() => consumer.open(), `replies from '${replyTopic}'`)
    await untilPositioned({
      hasPosition: () => this.#hasPosition || this.#givenWay !== undefined,
      failure: () => consumer.lastCrash,
      changed: this.#changed,
      closing: this.#closing.signal,
      watch: replies.watch,
      place: replies.place,
      groupId,
      topic: replyTopic,
      coordinatorTimeoutMs,
      timeoutMs: joinTimeoutMs,
    })
    this.#isOpen = true
    if (this.#givenWay !== undefined) throw this.#givenWay
  }

  /**
   * At the first join and at every later one, before anything is fetched: the group has no offsets, so
   * without this, replies sent while it was not a member would be skipped.
   */
  #seek(): void {
    for (const [partition, offset] of this.#next) this.#consumer?.seek(partition, offset)
    this.#hasPosition = true
    this.#changed.wake()
  }

  #lose(): void {
    this.#hasPosition = false
    this.#changed.wake()
  }

  /** Another process reads all replies of this topic and was there first: each would take the other's. */
  #giveWay(): void {
    const { replyTopic } = this.#options
    this.#givenWay ??= new TransportError(
      'DDNN_TRANSPORT_REFUSED',
      `Expected to be the only reader of all replies in '${replyTopic}', got another process there`,
      {
        hint: 'Give each replica in front of an original its own topics, or run a single replica',
      },
    )
    this.#lose()
    if (this.#isOpen) this.#context.log.error({ hint: this.#givenWay.hint }, this.#givenWay.message)
    void this.#consumer?.close()
  }

  #onBatch(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload
    const known = this.#next.get(batch.partition)
    const [first] = batch.messages
    // The topic was made anew, and with it the offsets: nothing in it has been read.
    if (known !== undefined && first !== undefined && BigInt(batch.highWatermark) < known) {
      this.#next.set(batch.partition, BigInt(first.offset))
    }
    for (const message of batch.messages) {
      const offset = BigInt(message.offset)
      const next = this.#next.get(batch.partition)
      if (next === undefined || offset < next) continue
      this.#next.set(batch.partition, offset + 1n)
      if (this.#closing.signal.aborted) continue
      this.#onReply?.({
        value: message.value ?? Buffer.alloc(0),
        headers: headersOf(message.headers),
      })
    }
    payload.resolveOffset(batch.lastOffset())
    return Promise.resolve()
  }

  async send(value: Uint8Array, headers: Headers, signal?: AbortSignal): Promise<void> {
    const { requestTopic, replies } = this.#options
    if (this.#closing.signal.aborted) throw closedError('request', requestTopic)
    if (this.#givenWay !== undefined) throw this.#givenWay
    const [own] = this.#next.keys()
    const sent =
      replies === 'own' ? { ...headers, [headerNames.replyPartition]: String(own ?? 0) } : headers
    await this.#context.requests.send(
      requestTopic,
      { key: null, value: bufferOf(value), headers: sent },
      signal,
    )
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#changed.wake()
    await this.#consumer?.close()
    this.#hasPosition = false
  }
}
