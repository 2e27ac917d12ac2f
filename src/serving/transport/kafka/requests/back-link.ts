// A tier's side of Kafka: takes requests as a member of its group, sends replies, and a request is done
// only when its reply was acknowledged. Step 5 and 10 of the reading path.
import { setMaxListeners } from 'node:events'
import { closedError } from '../../closed-error.ts'
import {
  namedReplyPartition,
  readRequestHeaders,
  replyHeaders,
  type Headers,
} from '../../headers.ts'
import type {
  BackLink,
  BackLinkOptions,
  IncomingRequest,
  LinkState,
  Origin,
  RequestHandler,
} from '../../transport.ts'
import type { LinkContext } from '../link-context.ts'
import type { KafkaRecord } from '../records/record-set.ts'
import { createDeadLetters, type DeadLetters } from './dead-letters.ts'
import { RequestIntake } from './intake.ts'

/** A request that names a partition we do not know of makes us look no more often than this. */
const recountMs = 1000
const nothing = Buffer.alloc(0)

export class KafkaBackLink implements BackLink {
  readonly #context: LinkContext
  readonly #options: BackLinkOptions
  readonly #intake: RequestIntake
  readonly #deadLetters: DeadLetters
  readonly #closing = new AbortController()
  #countedAt = -Infinity
  #prepared: Promise<void> | undefined
  #closed: Promise<void> | undefined

  constructor(context: LinkContext, options: BackLinkOptions) {
    this.#context = context
    this.#options = options
    // As many follow it as replies are under way: no leak, so no warning of one.
    setMaxListeners(0, this.#closing.signal)
    this.#deadLetters = createDeadLetters(context, options)
    this.#intake = new RequestIntake(context, options, {
      request: (record, origin, node) => this.#requestOf(record, origin, node),
      putAside: ({ reason, code }, origin) =>
        this.#putAside(null, {}, origin, { code, message: reason }),
    })
  }

  get state(): LinkState {
    const { requests, replies } = this.#context
    const isClosed = this.#closed === undefined ? undefined : 'the back link is closed'
    const reason = isClosed ?? requests.reason ?? replies.reason ?? this.#intake.reason
    return { ready: reason === undefined, reason }
  }

  async open(onRequest: RequestHandler): Promise<void> {
    await this.prepare()
    await this.#intake.open(onRequest)
  }

  prepare(): Promise<void> {
    this.#prepared ??= this.#prepare()
    return this.#prepared
  }

  async #prepare(): Promise<void> {
    const { requests, replies, policy } = this.#context
    const { requestTopic, replyTopic, maxRequestBytes, maxReplyBytes } = this.#options
    const prepareRequests = async () => {
      await requests.prepare(
        { topic: requestTopic, maxValueBytes: maxRequestBytes, partner: replyTopic },
        policy,
      )
      await requests.clockFeed.start(policy)
    }
    await Promise.all([
      prepareRequests(),
      replies.prepare(
        { topic: replyTopic, maxValueBytes: maxReplyBytes, partner: requestTopic },
        policy,
      ),
    ])
  }

  #requestOf(record: KafkaRecord, origin: Origin, node: number): IncomingRequest {
    const { headers } = record
    return {
      ...readRequestHeaders(headers),
      value: record.value ?? nothing,
      ageMs: this.#ageOf(record, origin, node),
      system: 'kafka',
      origin,
      reply: (value) => this.#reply(headers, value),
      putAside: (reason) => this.#putAside(record.value, headers, origin, reason),
    }
  }

  /** By the clock of the broker that stamped it; 0 where that is not known. */
  #ageOf(record: KafkaRecord, { topic, partition }: Origin, node: number): number {
    if (!record.isBrokerTimed) return 0
    const { clocks, topics } = this.#context.requests
    const stamper = topics.leaderOf(topic, partition, record.leaderEpoch) ?? node
    return clocks.ageMs(stamper, record.timestampMs)
  }

  async #reply(request: Headers, value: Uint8Array): Promise<void> {
    const { replyTopic } = this.#options
    if (this.#closing.signal.aborted) throw closedError('reply', replyTopic)
    const partition = await this.#partitionFor(request)
    const headers = replyHeaders(request)
    await this.#context.replies.sender
      .send({ topic: replyTopic, partition, value, headers: () => headers }, this.#closing.signal)
      .catch((thrown: unknown) => {
        if (this.#closing.signal.aborted) throw closedError('reply', replyTopic)
        throw thrown
      })
  }

  /**
   * Undefined, so any, where the request names none or one that the reply topic does not have: a message
   * chooses no place that the asker could not be at. Partitions may have been added since the last look; an
   * asker that came later may be in one of them.
   */
  async #partitionFor(request: Headers): Promise<number | undefined> {
    const named = namedReplyPartition(request)
    if (named === undefined) return undefined
    const { topics } = this.#context.replies
    const isThere = () => topics.partition(this.#options.replyTopic, named) !== undefined
    if (!isThere() && performance.now() - this.#countedAt > recountMs) {
      await topics.refresh().catch(() => undefined)
      this.#countedAt = performance.now()
    }
    return isThere() ? named : undefined
  }

  async #putAside(
    value: Uint8Array | null,
    headers: Headers,
    origin: Origin,
    reason: { readonly code: string; readonly message: string },
  ): Promise<void> {
    const { signal } = this.#closing
    if (signal.aborted) throw closedError('dead letter', origin.topic)
    await this.#deadLetters.send({ value, headers, origin }, reason, signal)
  }

  pause(): void {
    this.#intake.pause()
  }

  close(signal?: AbortSignal): Promise<void> {
    this.#closed ??= this.#intake.close(signal, () => this.#closing.abort())
    return this.#closed
  }
}
