// Requests out of Kafka: a member of the tier's group that hands each one over once, counts how far all
// before it are done, and commits that. DESIGN.md, Kafka, has what was measured.
import type { EachBatchPayload, KafkaMessage } from 'kafkajs'
import { toDdnnError, type DdnnError, type ErrorCode } from '../../errors.ts'
import { createBackoff } from '../backoff.ts'
import { headersOf } from './records.ts'
import { settledOrAborted, settledWithin } from '../settled.ts'
import type { BackLinkOptions, IncomingRequest, RequestHandler } from '../transport.ts'
import { Assignment } from './assignment.ts'
import { Committer } from './committer.ts'
import { GroupConsumer } from './group-consumer.ts'
import { createLagGauge, type LagGauge } from './lag-gauge.ts'
import type { LinkContext } from './link-context.ts'
import { untilPositioned } from './position-wait.ts'
import { sharedAssigner } from './shared-assigner.ts'
import { neededRecordBytes } from './topics.ts'
import { createWakeUp } from './wake-up.ts'
import { WorkLedger, type Work } from './work-ledger.ts'

const lastCommitTimeoutMs = 5000
const hurriedCommitMs = 1500
/** A request whose handler fails so often, in a way that does not pass, is not tried again. */
const mostTries = 4

export class RequestIntake {
  readonly #context: LinkContext
  readonly #options: BackLinkOptions
  /** Told of each request before its handler: the seam does not carry a record's timestamp. */
  readonly #onTaken: (request: IncomingRequest, timestamp: string) => void
  readonly #consumer: GroupConsumer
  readonly #committer: Committer
  readonly #lag: LagGauge
  readonly #ledger = new WorkLedger()
  readonly #running = new Set<Promise<void>>()
  readonly #closing = new AbortController()
  /** Wakes who waits for room, for a position, or for the end. */
  readonly #changed = createWakeUp()
  #handler: RequestHandler | undefined
  #assignment: Assignment | undefined
  #isPaused = false
  #positionError: unknown
  /** Code of the handlers' last failure, so that each kind is logged once; undefined after a success. */
  #failing: ErrorCode | undefined

  constructor(
    context: LinkContext,
    options: BackLinkOptions,
    onTaken: (request: IncomingRequest, timestamp: string) => void,
  ) {
    this.#context = context
    this.#options = options
    this.#onTaken = onTaken
    this.#lag = createLagGauge(context, options, () => this.#assignment)
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
      assigner: sharedAssigner,
      sessionTimeoutMs: context.sessionTimeoutMs,
      maxRecordBytes: neededRecordBytes(options.maxRequestBytes),
      onJoin: (partitions) => this.#join(partitions),
      onBatch: (payload) => this.#onBatch(payload),
      onLost: () => this.#lose(),
      log: context.log,
    })
  }

  /** Whether it is a member and knows its place in each of its partitions. */
  get hasPosition(): boolean {
    return this.#assignment?.isPositioned === true
  }

  /** What keeps it from its position, in words; undefined where it has it. */
  get reason(): string | undefined {
    if (this.hasPosition) return undefined
    const failure = this.#consumer.lastCrash ?? this.#positionError
    const why = failure instanceof Error ? `: ${failure.message}` : ''
    return `not in the group '${this.#options.groupId}'${why}`
  }

  /** Joins the group. @throws DDNN_TRANSPORT_UNREACHABLE, DDNN_TRANSPORT_REFUSED. */
  async open(handler: RequestHandler): Promise<void> {
    this.#handler = handler
    const { requests, joinTimeoutMs, coordinatorTimeoutMs } = this.#context
    const { groupId, requestTopic } = this.#options
    await requests.start(() => this.#consumer.open(), `group '${groupId}'`)
    await untilPositioned({
      hasPosition: () => this.hasPosition,
      failure: () => this.#consumer.lastCrash ?? this.#positionError,
      changed: this.#changed,
      closing: this.#closing.signal,
      watch: requests.watch,
      place: requests.place,
      groupId,
      topic: requestTopic,
      coordinatorTimeoutMs,
      timeoutMs: joinTimeoutMs,
    })
    this.#lag.start()
  }

  #join(partitions: readonly number[]): void {
    const assignment = new Assignment(this.#options.requestTopic, partitions)
    this.#lag.keepOnly(partitions)
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
        this.#positionError = undefined
        this.#changed.wake()
        return
      } catch (error) {
        log.debug({ err: error }, 'the committed offsets could not be read')
        this.#positionError = error
        this.#changed.wake()
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
    let tries = 0
    while (!isDone) {
      const request: IncomingRequest = {
        value: message.value ?? Buffer.alloc(0),
        headers,
        ageMs: this.#context.requests.ageOf(message),
        origin,
      }
      this.#onTaken(request, message.timestamp)
      try {
        await this.#handler?.(request)
        this.#failing = undefined
        isDone = true
      } catch (thrown) {
        if (this.#closing.signal.aborted) break
        isDone = this.#isGivenUp(toDdnnError(thrown), ++tries, origin)
        if (isDone) break
        // Kafka hands a request to another process only when this one lets its partition go, so until
        // then it is tried again here.
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

  /** Tells of a failed handler; true where trying again would hold its partition up for ever. */
  #isGivenUp(error: DdnnError, tries: number, origin: IncomingRequest['origin']): boolean {
    const { log } = this.#context
    const isGivenUp =
      !error.retriable && error.code !== 'DDNN_TRANSPORT_CLOSED' && tries >= mostTries
    if (isGivenUp) {
      log.error({ err: error, origin }, `a request failed ${tries} times and is given up`)
    } else if (this.#failing !== error.code && error.code !== 'DDNN_TRANSPORT_CLOSED') {
      log.warn({ err: error, origin }, 'a request failed and is tried again')
    }
    this.#failing = error.code
    return isGivenUp
  }

  pause(): void {
    this.#isPaused = true
    this.#consumer.pause()
  }

  /**
   * Waits for what is under way until the signal aborts, then calls `onEnd`, commits what is done and
   * leaves the group.
   */
  async close(signal: AbortSignal | undefined, onEnd: () => void): Promise<void> {
    this.pause()
    await settledOrAborted([...this.#running], signal)
    onEnd()
    const isHurried = signal?.aborted === true || this.#context.requests.watch.reason !== undefined
    const timeoutMs = isHurried ? hurriedCommitMs : lastCommitTimeoutMs
    await settledWithin(this.#committer.flush(), timeoutMs)
    this.#closing.abort()
    this.#changed.wake()
    await this.#consumer.close(signal)
    this.#assignment = undefined
    this.#lag.stop()
  }
}

/** kafkajs's type leaves out where the fetch began; its first message may stand later. */
function fetchedOffsetOf(batch: EachBatchPayload['batch']): bigint {
  const { fetchedOffset } = batch as unknown as { fetchedOffset?: string }
  return BigInt(fetchedOffset ?? batch.firstOffset() ?? 0)
}
