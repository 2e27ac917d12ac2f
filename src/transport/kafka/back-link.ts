// A tier's side of Kafka: takes requests as a member of its group, sends replies, and a request is done
// only when its reply was acknowledged. Step 5 and 10 of the reading path.
import { closedError } from '../closed-error.ts'
import { deadLetterTopic } from '../dead-letter.ts'
import { headerNames, isOriginal, replyHeaders, replyPartitionOf } from '../headers.ts'
import type {
  BackLink,
  BackLinkOptions,
  Headers,
  IncomingRequest,
  LinkState,
  RequestHandler,
} from '../transport.ts'
import { createDeadLetters, type DeadLetters } from './dead-letters.ts'
import type { LinkContext } from './link-context.ts'
import { bufferOf } from './records.ts'
import { RequestIntake } from './request-intake.ts'
import { prepareTopic } from './topics.ts'

/** A request that names a partition we do not know of makes us look no more often than this. */
const recountMs = 5000

export class KafkaBackLink implements BackLink {
  readonly #context: LinkContext
  readonly #options: BackLinkOptions
  readonly #intake: RequestIntake
  readonly #deadLetters: DeadLetters
  readonly #closing = new AbortController()
  #replyPartitions = 0
  #countedAt = -Infinity
  #prepared: Promise<void> | undefined
  #closed: Promise<void> | undefined

  constructor(context: LinkContext, options: BackLinkOptions) {
    this.#context = context
    this.#options = options
    this.#deadLetters = createDeadLetters(context, options)
    this.#intake = new RequestIntake(context, options, (request, timestamp) =>
      this.#deadLetters.remember(request, timestamp),
    )
  }

  get state(): LinkState {
    const { requests, replies } = this.#context
    const reason = requests.reason ?? replies.reason ?? this.#intake.reason
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
    const { requests, replies, policy, log } = this.#context
    const { requestTopic, replyTopic, maxRequestBytes, maxReplyBytes } = this.#options
    const prepareRequests = async () => {
      const need = { topic: requestTopic, maxValueBytes: maxRequestBytes }
      await requests.start(
        (admin) => prepareTopic(admin, need, policy, requests.place, log),
        `topic '${requestTopic}'`,
      )
      requests.watch.add(requestTopic)
      await requests.startProducer()
      await requests.learnClock(policy)
    }
    const prepareReplies = async () => {
      const need = { topic: replyTopic, maxValueBytes: maxReplyBytes }
      this.#replyPartitions = await replies.start(
        (admin) => prepareTopic(admin, need, policy, replies.place, log),
        `topic '${replyTopic}'`,
      )
      replies.watch.add(replyTopic)
      await replies.startProducer()
    }
    await Promise.all([prepareRequests(), prepareReplies()])
  }

  async reply(request: IncomingRequest, value: Uint8Array, headers: Headers): Promise<void> {
    const { replyTopic } = this.#options
    if (this.#closing.signal.aborted) throw closedError('reply', replyTopic)
    const partition = await this.#partitionFor(request)
    await this.#context.replies.send(
      replyTopic,
      {
        key: null,
        value: bufferOf(value),
        ...(isOriginal(request.headers) ? {} : { headers: replyHeaders(request.headers, headers) }),
        ...(partition === undefined ? {} : { partition }),
      },
      this.#closing.signal,
    )
  }

  /** Partitions may have been added since the start; an asker that came later may be in one of them. */
  async #partitionFor({ headers }: IncomingRequest): Promise<number | undefined> {
    const partition = replyPartitionOf(headers, this.#replyPartitions)
    const isNew = partition === undefined && headers[headerNames.replyPartition] !== undefined
    if (!isNew || performance.now() - this.#countedAt < recountMs) return partition
    this.#countedAt = performance.now()
    const { replies, log } = this.#context
    const { replyTopic } = this.#options
    try {
      const { topics } = await replies.attempt((admin) =>
        admin.fetchTopicMetadata({ topics: [replyTopic] }),
      )
      this.#replyPartitions = topics[0]?.partitions.length ?? this.#replyPartitions
    } catch (error) {
      log.debug({ err: error }, `the partitions of '${replyTopic}' could not be counted`)
    }
    return replyPartitionOf(headers, this.#replyPartitions)
  }

  async deadLetter(
    request: IncomingRequest,
    reason: { code: string; message: string },
  ): Promise<void> {
    if (this.#closing.signal.aborted) {
      throw closedError('dead letter', deadLetterTopic(this.#options.requestTopic))
    }
    await this.#deadLetters.send(request, reason, this.#closing.signal)
  }

  pause(): void {
    this.#intake.pause()
  }

  close(signal?: AbortSignal): Promise<void> {
    this.#closed ??= this.#intake.close(signal, () => this.#closing.abort())
    return this.#closed
  }
}
