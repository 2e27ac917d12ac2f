// Sends records and knows when each is done: when the broker said so. While one Produce is under way to a
// broker, what comes meanwhile goes in the next one, for all topics and partitions together. What went out
// and was not answered goes out again, with the same sequence, until it is.
import { TransportError } from '../../../../errors.ts'
import type { Logger } from '../../../../telemetry/log.ts'
import { createBackoff, type Backoff } from '../../backoff.ts'
import { closedError } from '../../closed-error.ts'
import type { Ending } from '../../deadline.ts'
import type { BrokerClocks } from '../cluster/broker-clocks.ts'
import type { TopicMap } from '../cluster/topic-map.ts'
import {
  isIdentitySpent,
  isNotTaken,
  isRefused,
  toTransportError,
  type KafkaPlace,
} from '../kafka-errors.ts'
import type { Channel, ProduceOutcome, ProducerIdentity } from '../port.ts'
import { sizeOfRecord, type Item, type OutgoingRecord } from './item.ts'
import { PartitionQueue, produceBatchOf, type SentBatch } from './partition-queue.ts'

interface SenderOptions {
  readonly channel: Channel
  readonly topics: TopicMap
  readonly clocks: BrokerClocks
  readonly place: KafkaPlace
  /** Something failed, or takes long: the brokers want to be looked at. */
  readonly onSuspect: () => void
  readonly log: Logger
}

/** Most bytes of one Produce; a single larger record goes alone. */
const requestBytes = 8 * 1024 * 1024
/** A broker that takes longer than this is looked at, milliseconds. */
const slowMs = 1000

/** To one broker: one Produce at a time. */
interface Lane {
  readonly queues: readonly PartitionQueue[]
}

interface Sent {
  readonly queue: PartitionQueue
  readonly batch: SentBatch
}

export class Sender {
  readonly #options: SenderOptions
  readonly #queues = new Map<string, PartitionQueue>()
  /** Records for topics or partitions that are not known yet. */
  readonly #unplaced = new Set<Item>()
  /** What they sent was not taken, or is not known to be: they wait for the next look at the brokers. */
  readonly #held = new Set<PartitionQueue>()
  readonly #lanes = new Map<number, Lane>()
  readonly #closing = new AbortController()
  #identity: Promise<ProducerIdentity | undefined> | undefined
  /** Set while a turn of the event loop gathers what goes out together. */
  #isGathering = false
  #retrying: Promise<void> | undefined
  #backoff: Backoff = createBackoff()
  /** Not from the first partition on: devices that start together, and ask at equal times, would all ask one. */
  #turn = Math.floor(Math.random() * 2 ** 16)
  #unfollow = () => {}

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /**
   * Resolves when all in-sync replicas have the record. Tries again for ever.
   * @throws DDNN_TRANSPORT_CLOSED when closed, DDNN_TRANSPORT_UNREACHABLE when the signal aborts,
   *   DDNN_FRAME_TOO_LARGE and DDNN_TRANSPORT_REFUSED when the broker says no.
   */
  send(record: OutgoingRecord, signal?: Ending): Promise<void> {
    const { topic } = record
    if (this.#closing.signal.aborted) return Promise.reject(closedError('record', topic))
    return new Promise((resolve, reject) => {
      const onAbort = () => item.settle(this.#unreachable(record))
      const item: Item = {
        record,
        bytes: sizeOfRecord(record),
        isOver: false,
        isAlone: false,
        isAnywhere: false,
        settle: (failure) => {
          if (item.isOver) return
          item.isOver = true
          signal?.removeEventListener('abort', onAbort)
          if (failure === undefined) resolve()
          else reject(failure instanceof Error ? failure : new Error('a record was not sent'))
        },
      }
      if (signal?.aborted === true) return onAbort()
      if (signal !== undefined) {
        signal.addEventListener('abort', onAbort, { once: true })
      }
      this.#place(item)
    })
  }

  #unreachable(record: OutgoingRecord): Error {
    const { place } = this.#options
    const doing = doingOf(record)
    return new TransportError(
      'DDNN_TRANSPORT_UNREACHABLE',
      `Expected a broker at ${place.hosts}${place.flag} to take ${doing} in time, got no acknowledgement`,
      { retriable: true, hint: 'Check that the brokers run and that every one can be reached' },
    )
  }

  #place(item: Item): void {
    const partition = this.#partitionFor(item)
    if (partition === undefined) {
      this.#unplaced.add(item)
      this.#retry()
      return
    }
    const { topic } = item.record
    const key = `${topic}/${partition}`
    const queue = this.#queues.get(key) ?? new PartitionQueue(topic, partition)
    this.#queues.set(key, queue)
    queue.push(item)
    this.#gather()
  }

  /** Undefined where the topic, or the partition that is asked for, is not known. */
  #partitionFor({ record: { topic, partition }, isAnywhere }: Item): number | undefined {
    const known = this.#options.topics.view(topic)?.partitions ?? []
    if (partition !== undefined && !isAnywhere) {
      return known.some((one) => one.partition === partition) ? partition : undefined
    }
    const led = known.filter(({ leader }) => leader >= 0)
    const choices = led.length > 0 ? led : known
    return choices[this.#turn++ % choices.length]?.partition
  }

  /** What is sent in one turn of the event loop goes out together. */
  #gather(): void {
    if (this.#isGathering) return
    this.#isGathering = true
    setImmediate(() => {
      this.#isGathering = false
      this.#startLanes()
    })
  }

  #startLanes(): void {
    if (this.#closing.signal.aborted) return
    const { topics } = this.#options
    const byNode = new Map<number, PartitionQueue[]>()
    let isHomeless = false
    for (const queue of this.#queues.values()) {
      if (queue.isEmpty || this.#held.has(queue)) continue
      const node = topics.leader(queue.topic, queue.partition)
      if (node === undefined) isHomeless = true
      else byNode.set(node, [...(byNode.get(node) ?? []), queue])
    }
    // Two requests with one partition could overtake each other, so one under way elsewhere holds it.
    const busy = new Set([...this.#lanes.values()].flatMap(({ queues }) => queues))
    for (const [node, queues] of byNode) {
      const free = queues.filter((queue) => !busy.has(queue))
      if (free.length > 0 && !this.#lanes.has(node)) void this.#produce(node, free)
    }
    if (isHomeless) this.#retry()
  }

  /** One Produce to one broker. Never rejects. */
  async #produce(node: number, queues: readonly PartitionQueue[]): Promise<void> {
    const lane: { queues: readonly PartitionQueue[] } = { queues }
    this.#lanes.set(node, lane)
    const { channel, clocks, onSuspect } = this.#options
    const slow = setInterval(onSuspect, slowMs).unref()
    let sent: readonly Sent[] = []
    try {
      const identity = await (this.#identity ??= this.#identify())
      sent = takeBatches(queues, identity)
      // Who went first goes last: those that are always full must not keep the others waiting.
      for (const { queue } of sent) this.#goLast(queue)
      lane.queues = sent.map(({ queue }) => queue)
      if (sent.length > 0) {
        const sentAtMs = performance.now()
        const outcomes = await channel.produce(
          node,
          sent.map(({ queue, batch }) => produceBatchOf(queue, batch)),
        )
        const appendTimeMs = Math.max(
          -1,
          ...outcomes.map((one) => (one.isTaken ? one.appendTimeMs : -1)),
        )
        clocks.learn(node, sentAtMs, performance.now(), appendTimeMs)
        this.#settleAll(sent, outcomes)
      }
      this.#lanes.delete(node)
      if (!this.#closing.signal.aborted) this.#gather()
    } catch (thrown) {
      this.#lanes.delete(node)
      this.#lost(sent, thrown)
    } finally {
      clearInterval(slow)
    }
  }

  #goLast(queue: PartitionQueue): void {
    const key = `${queue.topic}/${queue.partition}`
    if (this.#queues.get(key) !== queue) return
    this.#queues.delete(key)
    this.#queues.set(key, queue)
  }

  #settleAll(sent: readonly Sent[], outcomes: readonly ProduceOutcome[]): void {
    let isUnsure = false
    for (const [index, one] of sent.entries()) {
      const outcome = outcomes[index]
      if (outcome?.isTaken === true) {
        one.queue.taken(one.batch)
        for (const item of one.batch.items) item.settle()
      } else if (!this.#refused(one, outcome?.error)) {
        isUnsure = true
        this.#held.add(one.queue)
        // A leader that waited in vain for its followers' word has it all the same.
        if (!isNotTaken(outcome?.error)) this.#doubt(one)
      }
    }
    if (isUnsure) this.#retry()
    else this.#backoff = createBackoff()
  }

  /** Deals with a batch that the broker did not take, for good; false where it is to be sent again. */
  #refused({ queue, batch }: Sent, failure: unknown): boolean {
    if (isIdentitySpent(failure)) {
      // The broker knows nothing of this sequence: a topic made anew, or records that were given up.
      this.#renewIdentity()
      queue.refused(batch)
      queue.putBack(batch.items)
      return true
    }
    const [first] = batch.items
    const doing = first === undefined ? 'records' : doingOf(first.record)
    const error = toTransportError(failure, this.#options.place, doing)
    if (error.retriable) {
      this.#options.log.debug(
        { err: failure, topic: queue.topic },
        'a broker did not take records yet',
      )
      return false
    }
    queue.refused(batch)
    if (batch.items.length === 1) {
      first?.settle(error)
    } else if (error.code === 'DDNN_FRAME_TOO_LARGE') {
      // Together they are too large; which of them is, each shows alone.
      for (const item of batch.items) item.isAlone = true
      queue.putBack(batch.items)
    } else {
      for (const item of batch.items) item.settle(error)
    }
    return true
  }

  /** Whether the broker has what was sent is not known. */
  #lost(sent: readonly Sent[], thrown: unknown): void {
    this.#options.log.debug({ err: thrown }, 'a Produce was not answered')
    for (const one of sent) {
      this.#held.add(one.queue)
      this.#doubt(one)
    }
    this.#retry()
  }

  /** The broker may have it: without an identity, what must not come twice is given up. */
  #doubt({ queue, batch }: Sent): void {
    if (batch.identity !== undefined) return
    queue.refused(batch)
    for (const item of batch.items) {
      if (item.record.isOnce === true) item.settle(this.#unreachable(item.record))
    }
    queue.putBack(batch.items.filter(({ isOver }) => !isOver))
  }

  /** Looks where the partitions are now, after a while, and goes on. */
  #retry(): void {
    if (this.#closing.signal.aborted) return
    this.#retrying ??= this.#retryOnce().finally(() => {
      this.#retrying = undefined
      // Placed again while it was under way: what is still without a place asks for another.
      if (this.#unplaced.size > 0) this.#retry()
    })
  }

  async #retryOnce(): Promise<void> {
    const { topics, onSuspect } = this.#options
    const { signal } = this.#closing
    onSuspect()
    try {
      await topics.refresh().catch(() => undefined)
      if (!this.#canPlace()) {
        await this.#backoff.wait(signal)
        await topics.refresh().catch(() => undefined)
      }
    } catch {
      return // closed
    }
    this.#giveUpAbandoned()
    this.#leaveGonePartitions()
    // A copy: one that is still without a place is added again.
    for (const item of [...this.#unplaced]) {
      this.#unplaced.delete(item)
      if (!item.isOver) this.#placeAgain(item)
    }
    this.#held.clear()
    this.#gather()
  }

  #canPlace(): boolean {
    const hasPlaces = [...this.#unplaced].every((item) => this.#partitionFor(item) !== undefined)
    return this.#unplaced.size > 0 && hasPlaces
  }

  /** As `#place`, but one without a place waits for the next look. */
  #placeAgain(item: Item): void {
    if (this.#partitionFor(item) === undefined) this.#unplaced.add(item)
    else this.#place(item)
  }

  #giveUpAbandoned(): void {
    for (const [key, queue] of this.#queues) {
      queue.sweep()
      if (queue.isAbandoned) {
        queue.abandon()
        this.#renewIdentity()
      }
      if (
        queue.isEmpty &&
        this.#options.topics.partition(queue.topic, queue.partition) === undefined
      ) {
        this.#queues.delete(key)
        // Should the partition come back, its sequences begin anew: with another identity.
        this.#renewIdentity()
      }
    }
  }

  /**
   * A topic that was made anew may have fewer partitions: what waits for one that is gone goes to another.
   * What went out to it is gone with it, but may have been worked on.
   */
  #leaveGonePartitions(): void {
    const { topics } = this.#options
    const underWay = new Set([...this.#lanes.values()].flatMap(({ queues }) => queues))
    for (const queue of this.#queues.values()) {
      const { topic, partition } = queue
      const isGone = topics.view(topic) !== undefined && !topics.partition(topic, partition)
      if (!isGone || queue.isEmpty || underWay.has(queue)) continue
      const { unsure, waiting } = queue.empty()
      const once = unsure.filter(({ record }) => record.isOnce === true)
      for (const item of once) item.settle(this.#unreachable(item.record))
      for (const item of [...unsure, ...waiting]) {
        if (item.isOver) continue
        item.isAnywhere = true
        this.#unplaced.add(item)
      }
    }
  }

  #renewIdentity(): void {
    this.#identity = undefined
  }

  /** Undefined where brokers give none to this login: then what is unsure may be there twice. */
  async #identify(): Promise<ProducerIdentity | undefined> {
    const { channel, log } = this.#options
    try {
      return await channel.identify()
    } catch (thrown) {
      const isMissing = (thrown as { name?: string }).name === 'KafkaJSServerDoesNotSupportApiKey'
      if (isRefused(thrown) || isMissing) {
        log.info(
          'the brokers give this login no producer id: a record may be there twice after a fault',
        )
        return undefined
      }
      this.#identity = undefined
      throw thrown
    }
  }

  /** Follows the topics: a Produce to a broker that leads none of its partitions any more is cut off. */
  follow(topic: string): void {
    const { topics, channel } = this.#options
    const stop = topics.onChange(topic, () => {
      for (const [node, { queues }] of this.#lanes) {
        const isStale = queues.every(({ topic: of, partition }) => {
          const leader = topics.leader(of, partition)
          return leader !== undefined && leader !== node
        })
        if (isStale && queues.length > 0) channel.drop(node)
      }
      this.#gather()
    })
    const before = this.#unfollow
    this.#unfollow = () => {
      before()
      stop()
    }
  }

  /** Rejects all that was not acknowledged. */
  close(): void {
    this.#closing.abort()
    this.#unfollow()
    const open = [...this.#unplaced, ...[...this.#queues.values()].flatMap(({ items }) => items)]
    this.#unplaced.clear()
    for (const item of open) item.settle(closedError('record', item.record.topic))
  }
}

/** Batches that fit into one request: of one identity, and of a bounded size. */
function takeBatches(
  queues: readonly PartitionQueue[],
  current: ProducerIdentity | undefined,
): readonly Sent[] {
  const sent: Sent[] = []
  let bytes = 0
  let identity: ProducerIdentity | undefined
  for (const queue of queues) {
    const own = queue.identityFor(current)
    if (sent.length > 0 && (own !== identity || bytes > requestBytes)) continue
    const batch = queue.take(current)
    if (batch === undefined) continue
    identity = own
    bytes += batch.items.reduce((sum, item) => sum + item.bytes, 0)
    sent.push({ queue, batch })
  }
  return sent
}

function doingOf({ topic, value }: OutgoingRecord): string {
  return `a record of ${value?.byteLength ?? 0} bytes to '${topic}'`
}
