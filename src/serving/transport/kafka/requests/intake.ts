// Requests out of Kafka: a member of the tier's group that hands each one over once, counts how far all
// before it are done, and commits that. Each record has an end here, whatever it holds.
import { toDdnnError, type DdnnError, type ErrorCode } from '../../../../errors.ts'
import { createBackoff } from '../../backoff.ts'
import { settledOrAborted, settledWithin } from '../../../../domain/settled.ts'
import type { BackLinkOptions, IncomingRequest, Origin, RequestHandler } from '../../transport.ts'
import { endsOf } from '../cluster/ends.ts'
import type { TopicChange } from '../cluster/topic-map.ts'
import { GroupMember, type Joined } from '../group/group-member.ts'
import { untilJoined } from '../group/join-wait.ts'
import { isUnknownTopic, reasonOf } from '../kafka-errors.ts'
import type { LinkContext } from '../link-context.ts'
import { Reader } from '../reading/reader.ts'
import type { PartitionEnds } from '../port.ts'
import type { KafkaRecord, RecordSetItem } from '../records/record-set.ts'
import { neededRecordBytes } from '../topics.ts'
import { createCondition } from '../condition.ts'
import { Assignment, startOf, type PartitionOffset } from './assignment.ts'
import { Committer } from './committer.ts'
import { createLagGauge, type LagGauge } from './lag-gauge.ts'
import { WorkLedger, type Work } from './work-ledger.ts'

const lastCommitTimeoutMs = 5000
const hurriedCommitMs = 1500
const leaveTimeoutMs = 5000
const hurriedLeaveMs = 1500
/** A request whose handler fails so often, in a way that does not pass, is not tried again. */
const mostTries = 4
/** Failing so often is worth being called not ready. */
const tellingTries = 3
/** A process that was frozen waits so long between looks whether the group still knows it. */
const lookMs = 100
/** A packed batch of small records may unpack to this much in any case, bytes. */
const leastUnpackedBytes = 16 * 1024 * 1024

/** Records that were fetched as one and cannot be read. */
type Unreadable = Extract<RecordSetItem, { readonly kind: 'unreadable' }>

/** What the link makes of what was fetched. */
interface RecordEnds {
  request(record: KafkaRecord, origin: Origin, node: number): IncomingRequest
  /** Puts aside, by its place, what cannot be read; as `IncomingRequest.putAside`. */
  putAside(item: Unreadable, origin: Origin): Promise<void>
}

export class RequestIntake {
  readonly #context: LinkContext
  readonly #options: BackLinkOptions
  readonly #ends: RecordEnds
  readonly #member: GroupMember
  readonly #reader: Reader
  readonly #committer: Committer
  readonly #lag: LagGauge
  readonly #ledger = new WorkLedger()
  readonly #running = new Set<Promise<void>>()
  readonly #closing = new AbortController()
  /** Wakes who waits for room, for a position, or for the end. */
  readonly #changed = createCondition()
  readonly #unfollow: () => void
  #handler: RequestHandler | undefined
  #assignment: Assignment | undefined
  #isPaused = false
  #positionError: unknown
  /** The handlers' last failure, so that each kind is logged once; undefined after a success. */
  #failing:
    { readonly code: ErrorCode; readonly message: string; readonly tries: number } | undefined
  #isUnreadableTold = false

  constructor(context: LinkContext, options: BackLinkOptions, ends: RecordEnds) {
    const { requests, log } = context
    const { requestTopic: topic, groupId } = options
    this.#context = context
    this.#options = options
    this.#ends = ends
    this.#lag = createLagGauge(context, options, () => this.#assignment)
    this.#committer = new Committer({
      current: () => this.#assignment,
      commit: (offsets) => this.#commit(offsets),
      onCommitted: (offsets) => {
        for (const { partition, offset } of offsets) this.#ledger.committed(partition, offset)
      },
      intervalMs: context.commitIntervalMs,
      log,
    })
    this.#member = new GroupMember({
      createChannel: () => requests.client.channel(),
      bytes: context.groupBytes,
      groupId,
      topic,
      sessionTimeoutMs: context.sessionTimeoutMs,
      onJoined: (joined) => this.#join(joined),
      onLeaving: () => {
        this.#reader.stop()
        return this.#committer.flush()
      },
      onLeft: () => this.#lose(),
      onSuspect: () => requests.watch.suspect(),
      log,
    })
    this.#reader = new Reader({
      channel: requests.channel,
      topics: requests.topics,
      topic,
      maxRecordBytes: neededRecordBytes(options.maxRequestBytes),
      maxUnpackedBytes: Math.max(leastUnpackedBytes, 8 * options.maxRequestBytes),
      onItems: (partition, items, fetched) => this.#take(partition, items, fetched),
      onOutOfRange: (partition, offset, { low, high }) => {
        const why = offset > high ? 'it was cut' : 'its oldest records are gone'
        const what = `its place was ${offset}, but it holds ${low} to ${high}: ${why}`
        this.#startAnew(new Map([[partition, low]]), what)
        return low
      },
      expected: () => this.#ledger.underWay,
      onSuspect: () => requests.watch.suspect(),
      isTold: () => requests.watch.reason !== undefined,
      log,
    })
    this.#unfollow = requests.topics.onChange(topic, (change) => this.#follow(change))
  }

  /** Whether it is a member and knows its place in each of its partitions. */
  get hasPosition(): boolean {
    return this.#member.isMember && this.#assignment?.isPositioned === true
  }

  /** What keeps it from its requests, in words; undefined where nothing does. */
  get reason(): string | undefined {
    if (this.hasPosition) return this.#reader.reason ?? this.#failure
    const failure = this.#member.failure ?? this.#positionError
    const why = failure === undefined ? '' : `: ${reasonOf(failure)}`
    return `not in the group '${this.#options.groupId}'${why}`
  }

  /** Requests that fail again and again, and none that ends well in between. */
  get #failure(): string | undefined {
    const { code, message, tries } = this.#failing ?? {}
    return tries !== undefined && tries >= tellingTries
      ? `requests fail: ${code}: ${message}`
      : undefined
  }

  /** Joins the group. @throws DDNN_TRANSPORT_UNREACHABLE, DDNN_TRANSPORT_REFUSED. */
  async open(handler: RequestHandler): Promise<void> {
    this.#handler = handler
    const { requests, joinTimeoutMs } = this.#context
    const { groupId, requestTopic } = this.#options
    this.#member.open()
    await untilJoined({
      isDone: () => this.hasPosition,
      failure: () => this.#member.failure ?? this.#positionError,
      changed: this.#changed,
      closing: this.#closing.signal,
      place: requests.place,
      groupId,
      topic: requestTopic,
      timeoutMs: joinTimeoutMs,
    })
    this.#lag.start()
  }

  #join({ partitions }: Joined): void {
    const assignment = new Assignment(partitions)
    this.#lag.keepOnly(partitions)
    this.#assignment = assignment
    this.#ledger.keepOnly(partitions)
    void this.#position(assignment)
  }

  /** Finds out where to read from, and reads. */
  async #position(assignment: Assignment): Promise<void> {
    const backoff = createBackoff()
    const { requests, log } = this.#context
    const { requestTopic: topic } = this.#options
    const { partitions } = assignment
    while (assignment === this.#assignment && !this.#closing.signal.aborted) {
      try {
        const [committed, ends] = await Promise.all([
          this.#member.committed(partitions),
          endsOf(requests, topic, partitions),
        ])
        if (assignment !== this.#assignment) return
        this.#placeAll(assignment, committed, ends)
        this.#positionError = undefined
        if (!this.#isPaused) this.#reader.read(assignment.places)
        this.#changed.wake()
        return
      } catch (error) {
        log.debug({ err: error }, 'the committed offsets could not be read')
        this.#positionError = error
        this.#changed.wake()
        requests.watch.suspect()
        await requests.topics.refresh().catch(() => undefined)
        await backoff.wait(this.#closing.signal).catch(() => undefined)
      }
    }
  }

  #placeAll(
    assignment: Assignment,
    committed: ReadonlyMap<number, bigint>,
    ends: readonly PartitionEnds[],
  ): void {
    const lost = new Map<number, bigint>()
    for (const end of ends) {
      const { partition } = end
      const { offset, isLost } = startOf(committed.get(partition), end)
      assignment.place(partition, offset)
      if (isLost) lost.set(partition, offset)
      else this.#ledger.committed(partition, offset)
    }
    const why = 'what the group has committed lies behind the end: it was cut or made anew'
    if (lost.size > 0) this.#startAnew(lost, why)
  }

  /** Of a topic that is missing nothing is committed: what comes by its name next is another one. */
  async #commit(offsets: readonly PartitionOffset[]): Promise<void> {
    const { topics } = this.#context.requests
    const { requestTopic: topic } = this.#options
    if (topics.missing.includes(topic)) throw new Error(`'${topic}' is missing`)
    try {
      await this.#member.commit(offsets)
    } catch (thrown) {
      if (isUnknownTopic(thrown)) await topics.refresh().catch(() => undefined)
      throw thrown
    }
  }

  /** The places in partitions mean nothing any more: what is there now begins at these offsets. */
  #startAnew(places: ReadonlyMap<number, bigint>, why: string): void {
    const { requestTopic: topic } = this.#options
    const all = [...places].map(([partition, offset]) => `${partition} from ${offset}`).join(', ')
    this.#context.log.warn({ topic }, `'${topic}' is read anew, partition ${all}: ${why}`)
    for (const [partition, offset] of places) {
      this.#ledger.forget(partition)
      this.#assignment?.place(partition, offset)
    }
  }

  #follow({ view, isAnew }: TopicChange): void {
    const assignment = this.#assignment
    const positioned = [...(assignment?.places.keys() ?? [])]
    if (isAnew && positioned.length > 0) {
      this.#startAnew(new Map(positioned.map((one) => [one, 0n])), 'the topic was made anew')
      for (const partition of positioned) this.#reader.seek(partition, 0n)
    }
    this.#member.partitionsAre(view.partitions.length)
  }

  #lose(): void {
    this.#reader.stop()
    this.#assignment = undefined
    this.#changed.wake()
  }

  /**
   * Hands over as there is room, and waits here while there is none: nothing more is fetched from this
   * broker meanwhile, and the next request starts the moment a place is free.
   */
  async #take(
    partition: number,
    items: readonly RecordSetItem[],
    fetched: { readonly node: number; readonly next: bigint; readonly isCurrent: () => boolean },
  ): Promise<void> {
    const assignment = this.#assignment
    const tracker = assignment?.tracker(partition)
    if (assignment === undefined || tracker === undefined) return
    const isOver = () =>
      this.#closing.signal.aborted ||
      assignment !== this.#assignment ||
      // Its place is another one since: the records are of a topic that is gone.
      assignment.tracker(partition) !== tracker ||
      !fetched.isCurrent()
    for (const item of items) {
      const { offset, timestampMs } = item.kind === 'record' ? item.record : item
      if (offset < tracker.next) continue
      const find = () => this.#ledger.find(partition, offset, timestampMs)
      // Looked at again after each wait, with none before what follows: others wait for the same room.
      while (!isOver() && !this.#mayTake(find())) await this.#changed.wait(lookMs)
      if (isOver()) return
      const known = find()
      tracker.handOver(offset)
      if (known === undefined) this.#begin(partition, item, fetched.node)
      else if (known.isDone) tracker.done(offset)
    }
    if (isOver()) return
    tracker.skipTo(fetched.next)
    this.#committer.kick()
  }

  /** `known` is the work that the record has here already. */
  #mayTake(known: Work | undefined): boolean {
    const hasRoom = !this.#isPaused && this.#ledger.underWay < this.#options.maxInFlight
    return (known !== undefined || hasRoom) && this.#member.isBeating
  }

  #begin(partition: number, item: RecordSetItem, node: number): void {
    const { offset, timestampMs } = item.kind === 'record' ? item.record : item
    const work = this.#ledger.begin(partition, offset, timestampMs)
    const running = this.#run(work, item, node).finally(() => {
      this.#running.delete(running)
      this.#changed.wake()
    })
    this.#running.add(running)
  }

  /** Runs the handler until the request is done, or is another process's to do. Never rejects. */
  async #run(work: Work, item: RecordSetItem, node: number): Promise<void> {
    const backoff = createBackoff(500, 5000)
    const { partition, offset, timestampMs } = work
    const origin: Origin = {
      topic: this.#options.requestTopic,
      partition,
      offset: String(offset),
      timestampMs: timestampMs > 0 ? timestampMs : undefined,
    }
    let isDone = false
    let tries = 0
    while (!isDone) {
      try {
        await this.#handle(item, origin, node)
        this.#failing = undefined
        isDone = true
      } catch (thrown) {
        if (this.#closing.signal.aborted) break
        isDone = await this.#giveUp(toDdnnError(thrown), ++tries, item, origin, node)
        if (isDone) break
        // Kafka hands a request to another process only when this one lets its partition go, so until
        // then it is tried again here.
        await backoff.wait(this.#closing.signal).catch(() => undefined)
        const isOurs = this.#assignment?.tracker(partition) !== undefined
        if (this.#closing.signal.aborted || !isOurs) break
      }
    }
    this.#ledger.end(work, isDone)
    if (isDone) {
      // Forgotten where its topic was made anew: what stands at its offset now is another record.
      const isKnown = this.#ledger.find(partition, offset, timestampMs) === work
      if (isKnown) this.#assignment?.tracker(partition)?.done(offset)
      this.#committer.kick()
    }
  }

  async #handle(item: RecordSetItem, origin: Origin, node: number): Promise<void> {
    if (item.kind === 'record') {
      await this.#handler?.(this.#ends.request(item.record, origin, node))
      return
    }
    const { log } = this.#context
    const what = `records ${item.offset} to ${item.lastOffset} of partition ${origin.partition} cannot be read and are put aside: ${item.reason}`
    // One line: who sends such records sends many.
    log[this.#isUnreadableTold ? 'debug' : 'warn']({ origin, code: item.code }, what)
    this.#isUnreadableTold = true
    await this.#ends.putAside(item, origin)
  }

  /** Tells of a failed handler; true where trying again would hold its partition up for ever. */
  async #giveUp(
    error: DdnnError,
    tries: number,
    item: RecordSetItem,
    origin: Origin,
    node: number,
  ): Promise<boolean> {
    const { log } = this.#context
    const isGivenUp =
      !error.retriable && error.code !== 'DDNN_TRANSPORT_CLOSED' && tries >= mostTries
    if (isGivenUp) {
      log.error({ err: error, origin }, `a request failed ${tries} times and is given up`)
      await this.#putAsideAsIs(item, origin, node, error)
    } else if (this.#failing?.code !== error.code && error.code !== 'DDNN_TRANSPORT_CLOSED') {
      log.warn({ err: error, origin }, 'a request failed and is tried again')
    }
    if (error.code !== 'DDNN_TRANSPORT_CLOSED') {
      const { code, message } = error
      // What is given up holds nothing up any more.
      this.#failing = { code, message, tries: isGivenUp ? 0 : tries }
    }
    return isGivenUp
  }

  async #putAsideAsIs(
    item: RecordSetItem,
    origin: Origin,
    node: number,
    { code, message }: DdnnError,
  ): Promise<void> {
    try {
      if (item.kind === 'record') {
        await this.#ends.request(item.record, origin, node).putAside({ code, message })
      } else await this.#ends.putAside(item, origin)
    } catch (error) {
      this.#context.log.warn({ err: error, origin }, 'a request that was given up is in no topic')
    }
  }

  pause(): void {
    this.#isPaused = true
    this.#reader.stop()
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
    await settledWithin(this.#committer.end(), isHurried ? hurriedCommitMs : lastCommitTimeoutMs)
    this.#closing.abort()
    this.#changed.wake()
    this.#unfollow()
    this.#reader.close()
    await this.#member.close(isHurried ? hurriedLeaveMs : leaveTimeoutMs)
    this.#assignment = undefined
    this.#lag.stop()
  }
}
