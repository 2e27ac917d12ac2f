// A tier's side of Kafka: takes requests as a member of its group, sends replies, and commits a request
// only after its reply was acknowledged. Step 5 and 10 of the reading path.
import type { EachBatchPayload, KafkaMessage } from 'kafkajs'
import { TransportError } from '../../errors.ts'
import { createBackoff } from '../backoff.ts'
import { closedError } from '../closed-error.ts'
import { deadLetterTopic } from '../dead-letter.ts'
import { isOriginal, replyHeaders, replyPartitionOf } from '../headers.ts'
import { settledOrAborted, settledWithin } from '../settled.ts'
import type {
  BackLink,
  BackLinkOptions,
  Headers,
  IncomingRequest,
  LinkState,
  RequestHandler,
} from '../transport.ts'
import { Assignment } from './assignment.ts'
import { Committer } from './committer.ts'
import { createDeadLetters, type DeadLetters } from './dead-letters.ts'
import { GroupConsumer } from './group-consumer.ts'
import type { LinkContext } from './link-context.ts'
import { bufferOf, headersOf } from './records.ts'
import { checkSizes, ensureTopics, neededRecordBytes } from './topics.ts'
import { createWakeUp } from './wake-up.ts'
import { WorkLedger, type Work } from './work-ledger.ts'

const lastCommitTimeoutMs = 5000

export class KafkaBackLink implements BackLink {
  readonly #context: LinkContext
  readonly #options: BackLinkOptions
  readonly #consumer: GroupConsumer
  readonly #committer: Committer
  readonly #deadLetters: DeadLetters
  readonly #ledger = new WorkLedger()
  readonly #running = new Set<Promise<void>>()
  readonly #closing = new AbortController()
  /** Wakes who waits for room, for a position, or for the end. */
  readonly #changed = createWakeUp()
  #handler: RequestHandler | undefined
  #assignment: Assignment | undefined
  #replyPartitions = 0
  #isPaused = false
  #closed: Promise<void> | undefined

  constructor(context: LinkContext, options: BackLinkOptions) {
    this.#context = context
    this.#options = options
    this.#deadLetters = createDeadLetters(context, options)
    this.#committer = new Committer({
      current: () => this.#assignment,
      onCommitted: (offsets) => {
        for (const { partition, offset } of offsets) this.#ledger.committed(partition, offset)
      },
      log: context.log,
    })
    this.#consumer = new GroupConsumer({
      cluster: context.requests,
      groupId: options.groupId,
      topic: options.requestTopic,
      sessionTimeoutMs: context.sessionTimeoutMs,
      maxRecordBytes: neededRecordBytes(options.maxRequestBytes),
      onJoin: (partitions) => this.#join(partitions),
      onBatch: (payload) => this.#onBatch(payload),
      onLost: () => this.#lose(),
      log: context.log,
    })
  }

  get state(): LinkState {
    const { requests, replies } = this.#context
    const reason =
      requests.watch.reason ??
      replies.watch.reason ??
      (this.#assignment?.isPositioned === true
        ? undefined
        : `the group '${this.#options.groupId}' was not joined`)
    return { ready: reason === undefined, reason }
  }

  async open(onRequest: RequestHandler): Promise<void> {
    this.#handler = onRequest
    const { requests, replies } = this.#context
    await Promise.all([this.#prepareRequests(), this.#prepareReplies()])
    await requests.start(() => this.#consumer.open(), `group '${this.#options.groupId}'`)
    await this.#untilPositioned()
    for (const cluster of new Set([requests, replies])) cluster.watch.suspect()
  }

  async #prepareRequests(): Promise<void> {
    const { requests, policy, log } = this.#context
    const { requestTopic: topic, maxRequestBytes: maxValueBytes } = this.#options
    const needs = [{ topic, maxValueBytes }]
    await requests.start(async (admin) => {
      await ensureTopics(admin, needs, policy, requests.place)
      await checkSizes(admin, needs, requests.place, log)
    }, `topic '${topic}'`)
    requests.watch.add(topic)
    requests.watch.follow(() => this.#readLag())
    await requests.startProducer()
    await requests.learnClock(policy)
  }

  async #prepareReplies(): Promise<void> {
    const { replies, policy, log } = this.#context
    const { replyTopic: topic, maxReplyBytes: maxValueBytes } = this.#options
    const needs = [{ topic, maxValueBytes }]
    await replies.start(async (admin) => {
      const partitions = await ensureTopics(admin, needs, policy, replies.place)
      await checkSizes(admin, needs, replies.place, log)
      this.#replyPartitions = partitions.get(topic) ?? 0
    }, `topic '${topic}'`)
    replies.watch.add(topic)
    await replies.startProducer()
  }

  async #untilPositioned(): Promise<void> {
    const { joinTimeoutMs, requests } = this.#context
    const deadline = performance.now() + joinTimeoutMs
    while (this.#assignment?.isPositioned !== true) {
      if (this.#closing.signal.aborted) throw closedError('request', this.#options.requestTopic)
      const leftMs = deadline - performance.now()
      if (leftMs <= 0) {
        throw new TransportError(
          'DDNN_TRANSPORT_UNREACHABLE',
          `Expected to join the group '${this.#options.groupId}' at ${requests.place.hosts} within ${joinTimeoutMs} ms`,
          { retriable: true, hint: 'Look at the group with kafka-consumer-groups --describe' },
        )
      }
      await this.#changed.wait(leftMs)
    }
  }

  // ---- requests in

  #join(partitions: readonly number[]): void {
    const assignment = new Assignment(this.#options.requestTopic, partitions)
    this.#forgetLag(this.#assignment?.partitions.filter((one) => !partitions.includes(one)) ?? [])
    this.#assignment = assignment
    this.#ledger.keepOnly(partitions)
    this.#changed.wake()
    void this.#position(assignment)
  }

  async #position(assignment: Assignment): Promise<void> {
    const backoff = createBackoff()
    const { requests, log } = this.#context
    while (assignment === this.#assignment && !this.#closing.signal.aborted) {
      try {
        await requests.attempt((admin) => assignment.position(admin, this.#options.groupId))
        for (const partition of assignment.partitions) {
          const committed = assignment.tracker(partition)?.committed
          if (committed !== undefined) this.#ledger.committed(partition, committed)
        }
        this.#changed.wake()
        return
      } catch (error) {
        log.debug({ err: error }, 'the committed offsets could not be read')
        await backoff.wait(this.#closing.signal).catch(() => undefined)
      }
    }
  }

  #lose(): void {
    this.#assignment = undefined
    this.#changed.wake()
  }

  /**
   * Hands over as there is room, and waits here while there is none: the consumer fetches no more, the
   * rest of the batch is not fetched again, and the next request starts the moment a place is free. (A
   * paused consumer sleeps a fixed time between looks.) Heartbeats go on from here meanwhile.
   */
  async #onBatch(payload: EachBatchPayload): Promise<void> {
    const assignment = this.#assignment
    const { batch } = payload
    if (assignment === undefined) return
    assignment.commit = (offsets) => payload.commitOffsetsIfNecessary(offsets)
    if (!(await this.#until(() => assignment.isPositioned, assignment, payload))) return
    const tracker = assignment.tracker(batch.partition)
    // Fetched before the join, from a partition that others have now.
    if (tracker === undefined) return
    if (!assignment.carriesOn(batch.partition, tracker, fetchedOffsetOf(batch))) {
      this.#consumer.seek(batch.partition, tracker.next)
      return
    }
    for (const message of batch.messages) {
      const offset = BigInt(message.offset)
      if (offset < tracker.next) continue
      const known = this.#ledger.find(batch.partition, offset, message.timestamp)
      const hasRoom = () =>
        known !== undefined ||
        (!this.#isPaused && this.#ledger.underWay < this.#options.maxInFlight)
      if (!(await this.#until(hasRoom, assignment, payload))) return
      tracker.handOver(offset)
      payload.resolveOffset(message.offset)
      if (known === undefined) this.#begin(batch.partition, message)
      else if (known.isDone) tracker.done(offset)
    }
    tracker.skipTo(BigInt(batch.lastOffset()) + 1n)
    payload.resolveOffset(batch.lastOffset())
    this.#committer.kick()
  }

  /** Resolves with true when `isSo`, with false when this assignment is over; rejects to rejoin. */
  async #until(
    isSo: () => boolean,
    assignment: Assignment,
    payload: EachBatchPayload,
  ): Promise<boolean> {
    for (;;) {
      const isOver = assignment !== this.#assignment || !payload.isRunning()
      if (isOver || this.#closing.signal.aborted) return false
      if (isSo()) return true
      await this.#changed.wait(this.#consumer.heartbeatMs)
      await payload.heartbeat()
    }
  }

  #begin(partition: number, message: KafkaMessage): void {
    const offset = BigInt(message.offset)
    const work = this.#ledger.begin(partition, offset, message.timestamp)
    const running = this.#run(work, message).finally(() => {
      this.#running.delete(running)
      this.#changed.wake()
    })
    this.#running.add(running)
  }

  /** Runs the handler until the request is done, or is another process's to do. Never rejects. */
  async #run(work: Work, message: KafkaMessage): Promise<void> {
    const backoff = createBackoff(500, 5000)
    const { partition, offset } = work
    const headers = headersOf(message.headers)
    const origin = { topic: this.#options.requestTopic, partition, offset: message.offset }
    let isDone = false
    while (!isDone) {
      const request: IncomingRequest = {
        value: message.value ?? Buffer.alloc(0),
        headers,
        ageMs: this.#context.requests.ageOf(message),
        origin,
      }
      this.#deadLetters.remember(request, message.timestamp)
      try {
        await this.#handler?.(request)
        isDone = true
      } catch {
        // The handler tells of its failure. Kafka hands a request to another process only when this
        // one lets its partition go, so until then it is tried again here.
        const isOurs = () => this.#assignment?.tracker(partition) !== undefined
        await backoff.wait(this.#closing.signal).catch(() => undefined)
        if (this.#closing.signal.aborted || !isOurs()) break
      }
    }
    this.#ledger.end(work, isDone)
    if (isDone) {
      this.#assignment?.tracker(partition)?.done(offset)
      this.#committer.kick()
    }
  }

  // ---- replies out

  async reply(request: IncomingRequest, value: Uint8Array, headers: Headers): Promise<void> {
    const { replyTopic } = this.#options
    if (this.#closing.signal.aborted) throw closedError('reply', replyTopic)
    const partition = replyPartitionOf(request.headers, this.#replyPartitions)
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

  async deadLetter(
    request: IncomingRequest,
    reason: { code: string; message: string },
  ): Promise<void> {
    const topic = deadLetterTopic(this.#options.requestTopic)
    if (this.#closing.signal.aborted) throw closedError('dead letter', topic)
    await this.#deadLetters.send(request, reason, this.#closing.signal)
  }

  // ---- the end

  pause(): void {
    this.#isPaused = true
    this.#consumer.pause()
  }

  close(signal?: AbortSignal): Promise<void> {
    this.#closed ??= this.#close(signal)
    return this.#closed
  }

  async #close(signal: AbortSignal | undefined): Promise<void> {
    this.pause()
    await settledOrAborted([...this.#running], signal)
    await settledWithin(this.#committer.flush(), lastCommitTimeoutMs)
    this.#closing.abort()
    this.#changed.wake()
    await this.#consumer.close()
    this.#forgetLag(this.#assignment?.partitions ?? [])
    this.#assignment = undefined
  }

  // ---- lag

  async #readLag(): Promise<void> {
    const assignment = this.#assignment
    if (assignment?.isPositioned !== true) return
    const { requestTopic: topic, groupId: group } = this.#options
    const ends = await this.#context.requests.attempt((admin) => admin.fetchTopicOffsets(topic))
    if (assignment !== this.#assignment) return
    for (const { partition, high } of ends) {
      const tracker = assignment.tracker(partition)
      if (tracker === undefined) continue
      const waiting = Number(BigInt(high) - tracker.committable)
      this.#context.metrics.lag.set({ group, topic, partition: String(partition) }, waiting)
    }
  }

  #forgetLag(partitions: readonly number[]): void {
    const { requestTopic: topic, groupId: group } = this.#options
    for (const partition of partitions) {
      this.#context.metrics.lag.remove({ group, topic, partition: String(partition) })
    }
  }
}

/** kafkajs's type leaves out where the fetch began; its first message may stand later. */
function fetchedOffsetOf(batch: EachBatchPayload['batch']): bigint {
  const { fetchedOffset } = batch as unknown as { fetchedOffset?: string }
  return BigInt(fetchedOffset ?? batch.firstOffset() ?? 0)
}
