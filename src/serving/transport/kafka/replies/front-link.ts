// An asker's side of Kafka: sends requests, reads its own replies. Its place in the reply topic is its
// own matter and no group's: the end of the partition before the first request, then the last reply seen.
import { closedError } from '../../closed-error.ts'
import type { Ending } from '../../deadline.ts'
import { partitionFor, readReplyHeaders, requestHeaders } from '../../headers.ts'
import type {
  FrameLimits,
  FrontLink,
  FrontLinkOptions,
  IncomingReply,
  LinkState,
  OutgoingRequest,
} from '../../transport.ts'
import { endsOf } from '../cluster/ends.ts'
import type { TopicChange } from '../cluster/topic-map.ts'
import { toTransportError } from '../kafka-errors.ts'
import type { LinkContext } from '../link-context.ts'
import { Reader } from '../reading/reader.ts'
import type { RecordSetItem } from '../records/record-set.ts'
import { neededRecordBytes, type TopicNeed } from '../topics.ts'
import { SoleReader } from './sole-reader.ts'

const nothing = Buffer.alloc(0)
/** Replies to what was asked before the topic was made anew may come in any partition for so long. */
const lookAroundMs = 60_000
/** A packed batch of small replies may unpack to this much in any case, bytes. */
const leastUnpackedBytes = 16 * 1024 * 1024

export class KafkaFrontLink implements FrontLink {
  readonly #context: LinkContext
  #options: FrontLinkOptions
  readonly #closing = new AbortController()
  readonly #reader: Reader
  /** Only of a link that reads all replies. */
  readonly #sole: SoleReader | undefined
  #unfollow = () => {}
  #onReply: ((reply: IncomingReply) => void) | undefined
  #prepared: Promise<void> | undefined
  /** The partition that replies are asked to go to. */
  #own = 0
  #hasPosition = false
  /** How far each partition was handed on: the reader's own place follows a moment later. */
  readonly #seen = new Map<number, bigint>()
  #lookAround: NodeJS.Timeout | undefined
  /** Requests sent and replies not seen, as a measure of what is to come. */
  #underWay = 0

  constructor(context: LinkContext, options: FrontLinkOptions) {
    this.#context = context
    this.#options = options
    const { replies, log } = context
    const { replyTopic: topic, maxReplyBytes } = options
    this.#reader = new Reader({
      channel: replies.channel,
      topics: replies.topics,
      topic,
      maxRecordBytes: neededRecordBytes(maxReplyBytes),
      maxUnpackedBytes: Math.max(leastUnpackedBytes, maxReplyBytes),
      onItems: (partition, items) => this.#deliver(partition, items),
      onOutOfRange: (partition, offset, { low, high }) => {
        log.warn(
          { topic, partition },
          `partition ${partition} of '${topic}' is read anew from ${low}: its place was ${offset}, but it holds ${low} to ${high}`,
        )
        return low
      },
      expected: () => this.#underWay,
      onSuspect: () => replies.watch.suspect(),
      isTold: () => replies.watch.reason !== undefined,
      log,
    })
    if (options.replies === 'all') {
      this.#sole = new SoleReader(context, topic, () => this.#reader.close())
    }
  }

  get state(): LinkState {
    const { requests, replies } = this.#context
    const reason =
      (this.#closing.signal.aborted ? 'the front link is closed' : undefined) ??
      requests.reason ??
      replies.reason ??
      this.#sole?.reason ??
      (this.#hasPosition ? undefined : `no position in '${this.#options.replyTopic}' yet`) ??
      this.#reader.reason
    return { ready: reason === undefined, reason }
  }

  async open(onReply: (reply: IncomingReply) => void): Promise<void> {
    this.#onReply = onReply
    await this.prepare()
    const { replies } = this.#context
    const { replyTopic: topic, processId, ordinal } = this.#options
    await this.#sole?.open()
    // Where the replies end now: those to requests sent from now on stand behind that.
    const ends = await replies.start(async () => {
      const count = this.#partitionCount
      this.#own = partitionFor(processId, ordinal, count)
      const read = this.#options.replies === 'all' ? range(count) : [this.#own]
      try {
        return await endsOf(replies, topic, read)
      } catch (thrown) {
        await replies.topics.refresh()
        throw thrown
      }
    }, `the ends of '${topic}'`)
    if (this.#closing.signal.aborted) throw closedError('reply', topic)
    this.#unfollow = replies.topics.onChange(topic, (change) => this.#follow(change))
    this.#read(new Map(ends.map(({ partition, high }) => [partition, high])))
    this.#hasPosition = true
  }

  get #partitionCount(): number {
    return this.#context.replies.topics.view(this.#options.replyTopic)?.partitions.length ?? 1
  }

  prepare(): Promise<void> {
    this.#prepared ??= this.#prepare()
    return this.#prepared
  }

  async #prepare(): Promise<void> {
    const { requests, replies, policy } = this.#context
    const needs = this.#needs
    await Promise.all([
      requests.prepare(needs.requests, policy),
      replies.prepare(needs.replies, policy),
    ])
  }

  get #needs(): { readonly requests: TopicNeed; readonly replies: TopicNeed } {
    const { requestTopic, replyTopic, maxRequestBytes, maxReplyBytes } = this.#options
    return {
      requests: { topic: requestTopic, maxValueBytes: maxRequestBytes, partner: replyTopic },
      replies: { topic: replyTopic, maxValueBytes: maxReplyBytes, partner: requestTopic },
    }
  }

  async fit(sizes: FrameLimits): Promise<void> {
    this.#options = { ...this.#options, ...sizes }
    if (this.#prepared === undefined) return
    await this.#prepared
    const { requests, replies } = this.#context
    const needs = this.#needs
    await Promise.all([requests.fit(needs.requests), replies.fit(needs.replies)])
  }

  /** The reply topic has more partitions, or is another one of the same name. */
  #follow({ view, isAnew }: TopicChange): void {
    const count = view.partitions.length
    const isGone = this.#options.replies === 'own' && this.#own >= count
    if (isAnew || isGone) return this.#startAnew(count)
    if (this.#options.replies === 'own') return
    for (const { partition } of view.partitions) {
      if (this.#seen.has(partition)) continue
      this.#seen.set(partition, 0n)
      this.#reader.add(partition, 0n)
    }
  }

  /** All that is in it came since: it is read from its beginning. */
  #startAnew(count: number): void {
    const { replyTopic: topic, processId, ordinal, replies } = this.#options
    this.#context.log.warn(
      { topic, partitions: count },
      `'${topic}' was made anew: its replies are read from the beginning`,
    )
    this.#own = partitionFor(processId, ordinal, count)
    // What is under way names a partition of the former topic: its replies come wherever there is one.
    this.#read(new Map(range(count).map((partition) => [partition, 0n])))
    clearTimeout(this.#lookAround)
    if (replies === 'all') return
    this.#lookAround = setTimeout(() => {
      const place = this.#reader.places.get(this.#own)
      if (place !== undefined) this.#read(new Map([[this.#own, place]]))
    }, lookAroundMs).unref()
  }

  #read(places: ReadonlyMap<number, bigint>): void {
    this.#seen.clear()
    for (const [partition, offset] of places) this.#seen.set(partition, offset)
    this.#reader.read(places)
  }

  #deliver(partition: number, items: readonly RecordSetItem[]): Promise<void> {
    for (const item of items) {
      if (this.#closing.signal.aborted) break
      const last = item.kind === 'record' ? item.record.offset : item.lastOffset
      this.#seen.set(partition, last + 1n)
      // One that cannot be read is no one's reply: its asker's budget ends it.
      if (item.kind === 'unreadable') {
        this.#context.log.debug({ reason: item.reason }, 'a reply cannot be read')
        continue
      }
      const { value, headers } = item.record
      this.#underWay = Math.max(0, this.#underWay - 1)
      this.#onReply?.({ value: value ?? nothing, ...readReplyHeaders(headers) })
    }
    return Promise.resolve()
  }

  async send(request: OutgoingRequest, signal?: Ending): Promise<void> {
    const { requestTopic: topic, replies } = this.#options
    if (this.#closing.signal.aborted) throw closedError('request', topic)
    if (this.#sole?.givenWay !== undefined) throw this.#sole.givenWay
    const isOwn = replies === 'own'
    this.#underWay++
    try {
      await this.#context.requests.sender.send(
        {
          topic,
          value: request.value,
          headers: () => requestHeaders(request, isOwn ? this.#own : undefined),
          // An original tells no request from another: one that came twice would be answered twice.
          isOnce: !isOwn,
        },
        signal,
      )
    } catch (thrown) {
      this.#underWay = Math.max(0, this.#underWay - 1)
      throw thrown
    }
  }

  async countOwed(): Promise<number> {
    const { requests } = this.#context
    const { requestTopic: topic } = this.#options
    try {
      await requests.topics.refresh()
      const partitions = requests.topics.view(topic)?.partitions ?? []
      const ends = await endsOf(
        requests,
        topic,
        partitions.map(({ partition }) => partition),
      )
      const asked = ends.reduce((sum, { high }) => sum + high, 0n)
      const answered = [...this.#seen.values()].reduce((sum, next) => sum + next, 0n)
      return Number(asked - answered)
    } catch (thrown) {
      throw toTransportError(thrown, requests.place, `the ends of '${topic}'`)
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    clearTimeout(this.#lookAround)
    this.#unfollow()
    this.#reader.close()
    await this.#sole?.close()
  }
}

function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index)
}
