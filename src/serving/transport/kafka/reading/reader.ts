// Reads partitions of one topic from positions that its owner holds: one loop a broker, a long poll at a
// time, next to each other. No group and no position of the brokers' is involved.
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../../../../telemetry/log.ts'
import { createBackoff } from '../../backoff.ts'
import type { TopicMap } from '../cluster/topic-map.ts'
import { isOutOfRange, isRefused, reasonOf } from '../kafka-errors.ts'
import type { Channel, FetchedPartition, PartitionEnds } from '../port.ts'
import { readRecordSet, type RecordSetItem } from '../records/record-set.ts'
import { createCondition } from '../condition.ts'

export interface ReaderOptions {
  readonly channel: Channel
  readonly topics: TopicMap
  readonly topic: string
  /** Largest record that is expected, bytes: bounds the memory of a fetch. */
  readonly maxRecordBytes: number
  /** Most bytes that one compressed batch may unpack to. */
  readonly maxUnpackedBytes: number
  /**
   * Takes what was fetched, in order; the next fetch waits for it. The reader's place moves behind it then,
   * unless `seek` moved it meanwhile.
   */
  readonly onItems: (
    partition: number,
    items: readonly RecordSetItem[],
    fetched: { readonly node: number; readonly next: bigint; readonly isCurrent: () => boolean },
  ) => Promise<void>
  /** The place is not there any more; resolves with where to go on. */
  readonly onOutOfRange: (partition: number, offset: bigint, ends: PartitionEnds) => bigint
  /** Requests or replies that are under way: where there are many, a fetch waits for more of them. */
  readonly expected: () => number
  readonly onSuspect: () => void
  /** Whether the brokers' own trouble is told by who watches them. */
  readonly isTold: () => boolean
  readonly log: Logger
}

/** An idle fetch comes back after this time, milliseconds. */
const idleWaitMs = 500
/** So many to come are worth waiting a moment for: what one Produce brings stands in several partitions. */
const manyExpected = 8
const gatherMs = 4
/** A broker that takes so much longer than it may is looked at. */
const slowMs = 1500
const leastFetchBytes = 1024 * 1024
const mostFetchBytes = 256 * 1024 * 1024
/** Failing for so long is worth a line. */
const toldAfterMs = 2000
/** Where all partitions are without a leader, or the map is stale. */
const lookMs = 200

/** Where the next fetch of a partition begins; another one whenever it moved, also back to where it was. */
interface Place {
  readonly offset: bigint
}

export class Reader {
  readonly #options: ReaderOptions
  readonly #places = new Map<number, Place>()
  /** Partitions whose records are being handed over: what another broker gives of them waits. */
  readonly #taking = new Map<number, Promise<void>>()
  readonly #changed = createCondition()
  readonly #unfollow: () => void
  #loops = new Map<number, Promise<void>>()
  /** Raised when the positions are others: loops of an older one end. */
  #round = 0
  #fetchBytes: number
  #trouble: { readonly since: number; readonly reason: string; isTold: boolean } | undefined
  #state: 'idle' | 'reading' | 'closed' = 'idle'

  constructor(options: ReaderOptions) {
    this.#options = options
    this.#fetchBytes = Math.max(leastFetchBytes, options.maxRecordBytes)
    this.#unfollow = options.topics.onChange(options.topic, () => this.#changed.wake())
  }

  /** Why nothing was read for a while, in words; undefined while all is well. */
  get reason(): string | undefined {
    return this.#trouble?.isTold === true ? this.#trouble.reason : undefined
  }

  /** Reads these partitions from these offsets on, and no others. */
  read(places: ReadonlyMap<number, bigint>): void {
    if (this.#state === 'closed') return
    this.#places.clear()
    for (const [partition, offset] of places) this.#places.set(partition, { offset })
    this.#round++
    this.#state = 'reading'
    void this.#supervise(this.#round)
  }

  /** Where the next fetch of each partition begins. */
  get places(): ReadonlyMap<number, bigint> {
    return new Map([...this.#places].map(([partition, { offset }]) => [partition, offset]))
  }

  /** Reads one more partition. */
  add(partition: number, offset: bigint): void {
    this.#places.set(partition, { offset })
    this.#changed.wake()
  }

  /** The next fetch of a partition that is read begins there. */
  seek(partition: number, offset: bigint): void {
    if (this.#places.has(partition)) this.#places.set(partition, { offset })
  }

  /** Reads nothing until `read`. */
  stop(): void {
    if (this.#state === 'reading') this.#state = 'idle'
    this.#round++
    this.#changed.wake()
  }

  close(): void {
    this.stop()
    this.#state = 'closed'
    this.#unfollow()
  }

  #isCurrent(round: number): boolean {
    return this.#round === round && this.#state === 'reading'
  }

  /** Keeps one loop running for each broker that leads partitions of ours. */
  async #supervise(round: number): Promise<void> {
    const { topics, topic, onSuspect } = this.#options
    const running = new Set<number>()
    while (this.#isCurrent(round)) {
      let isHomeless = false
      for (const partition of this.#places.keys()) {
        const node = topics.leader(topic, partition)
        if (node === undefined) isHomeless = true
        else if (!running.has(node)) {
          running.add(node)
          // A loop of the round before may still hold the connection: they follow each other.
          const before = this.#loops.get(node) ?? Promise.resolve()
          const loop = before
            .then(() => this.#loop(node, round))
            .finally(() => running.delete(node))
          this.#loops.set(node, loop)
        }
      }
      if (isHomeless) onSuspect()
      await this.#changed.wait(isHomeless ? lookMs : idleWaitMs * 4)
    }
  }

  /** Ends when the round is over, or this broker leads none of the partitions. Never rejects. */
  async #loop(node: number, round: number): Promise<void> {
    const { log, topics, expected, onSuspect } = this.#options
    const backoff = createBackoff()
    let failures = 0
    while (this.#isCurrent(round)) {
      const partitions = this.#ledBy(node)
      if (partitions.length === 0) return
      try {
        const { isWell, records } = await this.#fetch(node, round, partitions)
        if (isWell) {
          failures = 0
          this.#recover()
          if (records > 0) await (expected() >= manyExpected ? sleep(gatherMs) : othersTurn())
          continue
        }
      } catch (thrown) {
        if (!this.#isCurrent(round)) return
        log.debug({ err: thrown, node }, 'a fetch failed')
        this.#fail(thrown)
        onSuspect()
      }
      failures++
      await topics.refresh().catch(() => undefined)
      if (failures > 1) await Promise.race([backoff.wait(), this.#changed.wait(2000)])
    }
  }

  #ledBy(node: number): readonly number[] {
    const { topics, topic } = this.#options
    return [...this.#places.keys()].filter((partition) => topics.leader(topic, partition) === node)
  }

  /** One fetch and what is done with it; not well where a partition was not this broker's to give. */
  async #fetch(
    node: number,
    round: number,
    partitions: readonly number[],
  ): Promise<{ readonly isWell: boolean; readonly records: number }> {
    const { channel, topic } = this.#options
    const places = new Map([...this.#places].filter(([one]) => partitions.includes(one)))
    const positions = [...places].map(([partition, { offset }]) => ({ partition, offset }))
    const slow = setInterval(() => this.#suspect(node, partitions), idleWaitMs + slowMs).unref()
    let fetched: readonly FetchedPartition[]
    try {
      fetched = await channel.fetch(node, {
        topic,
        positions,
        maxWaitMs: idleWaitMs,
        minBytes: 1,
        maxBytes: this.#fetchBytes * 4,
        maxBytesPerPartition: this.#fetchBytes,
      })
    } finally {
      clearInterval(slow)
    }
    let isWell = true
    let records = 0
    for (const one of fetched) {
      const place = places.get(one.partition)
      if (place === undefined) continue
      const isCurrent = () => this.#isCurrent(round) && this.#places.get(one.partition) === place
      if (!isCurrent()) continue
      if (one.error !== undefined) {
        if (!(await this.#refused(node, one, place, isCurrent))) isWell = false
      } else if (one.records.length > 0) {
        records += await this.#take(node, one, place, isCurrent)
      }
    }
    return { isWell, records }
  }

  /** A broker that is frozen answers nothing: once its partitions are led elsewhere, it is let go. */
  #suspect(node: number, partitions: readonly number[]): void {
    const { topics, topic, channel, onSuspect } = this.#options
    onSuspect()
    const leaders = partitions.map((partition) => topics.leader(topic, partition))
    if (leaders.every((leader) => leader !== undefined && leader !== node)) channel.drop(node)
  }

  async #refused(
    node: number,
    one: FetchedPartition,
    { offset }: Place,
    isCurrent: () => boolean,
  ): Promise<boolean> {
    const { channel, topics, topic, onOutOfRange } = this.#options
    const { partition, error } = one
    if (!isOutOfRange(error)) {
      this.#fail(error)
      return false
    }
    // Made anew it is another topic, and its owner begins anew in all of it.
    await topics.refresh().catch(() => undefined)
    const [ends] = await channel.ends(node, topic, [partition])
    // Grown up to it meanwhile, or moved by its owner.
    if (ends === undefined || !isCurrent()) return true
    if (offset >= ends.low && offset <= ends.high) return true
    this.seek(partition, onOutOfRange(partition, offset, ends))
    return true
  }

  /** Resolves with how many items were handed over; none where another place counts meanwhile. */
  async #take(
    node: number,
    one: FetchedPartition,
    { offset }: Place,
    isCurrent: () => boolean,
  ): Promise<number> {
    const { maxUnpackedBytes } = this.#options
    const set = await readRecordSet(one.records, {
      fromOffset: offset,
      maxUnpackedBytes,
      abortedTransactions: one.abortedTransactions,
    })
    const next = set.nextOffset
    if (next === undefined) {
      // A broker gives at least one whole batch; one that does not is asked for more.
      this.#fetchBytes = Math.min(mostFetchBytes, this.#fetchBytes * 2)
      return 0
    }
    // The leader moved meanwhile, and two brokers give the same.
    while (this.#taking.has(one.partition)) await this.#taking.get(one.partition)
    if (!isCurrent()) return 0
    const taking = this.#options
      .onItems(one.partition, set.items, { node, next, isCurrent })
      .finally(() => this.#taking.delete(one.partition))
    this.#taking.set(
      one.partition,
      taking.catch(() => undefined),
    )
    await taking
    if (isCurrent()) this.#places.set(one.partition, { offset: next })
    return set.items.length
  }

  #fail(thrown: unknown): void {
    const { log, topic, isTold } = this.#options
    const now = performance.now()
    const reason = `'${topic}' cannot be read: ${reasonOf(thrown)}`
    this.#trouble ??= { since: now, reason, isTold: false }
    const isWorth = isRefused(thrown) || now - this.#trouble.since > toldAfterMs
    if (this.#trouble.isTold || !isWorth || isTold()) return
    this.#trouble = { ...this.#trouble, reason, isTold: true }
    log.warn(reason)
  }

  #recover(): void {
    if (this.#trouble?.isTold === true)
      this.#options.log.info(`'${this.#options.topic}' is read again`)
    this.#trouble = undefined
  }
}

/**
 * Until what was handed over has done its first step: what it sends, or gives to an engine, goes before the
 * next fetch, whose write takes a tenth of a millisecond of the same thread. Two turns, since work that is
 * gathered waits for the end of the one that it came in.
 */
async function othersTurn(): Promise<void> {
  await nextTurn()
  await nextTurn()
}
