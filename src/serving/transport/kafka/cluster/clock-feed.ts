// Keeps the brokers' clocks known: an empty record to a small topic of its own, one to each broker, before
// the first request is taken and now and then. Where that topic may not be made, replies teach the clocks.
import type { Logger } from '../../../../telemetry/log.ts'
import { linkSignals } from '../../linked-signal.ts'
import { ensureTopics, type TopicPolicy } from '../topics.ts'
import type { KafkaPlace } from '../kafka-errors.ts'
import type { Admin } from '../port.ts'
import type { Sender } from '../sending/sender.ts'
import type { BrokerClocks } from './broker-clocks.ts'
import type { BrokerWatch } from './broker-watch.ts'
import type { TopicMap } from './topic-map.ts'

/** Where a process asks the brokers for their time. */
export const clockTopic = 'ddnn_clock'
/** A cluster whose time is not known by then is worked with all the same. */
const clockTimeoutMs = 5000

/** What it needs of its cluster. */
interface ClockedCluster {
  readonly place: KafkaPlace
  readonly closing: AbortSignal
  readonly topics: TopicMap
  readonly sender: Sender
  readonly clocks: BrokerClocks
  readonly watch: BrokerWatch
  attempt<T>(use: (admin: Admin) => Promise<T>, signal?: AbortSignal): Promise<T>
}

export class ClockFeed {
  readonly #cluster: ClockedCluster
  readonly #log: Logger
  #isFollowed = false

  constructor(cluster: ClockedCluster, log: Logger) {
    this.#cluster = cluster
    this.#log = log
  }

  /** Resolves when the clocks are known, or cannot be. Once only; the watch keeps them fresh. */
  async start(policy: TopicPolicy): Promise<void> {
    if (this.#isFollowed) return
    this.#isFollowed = true
    const { place, closing, topics, sender } = this.#cluster
    const needs = [{ topic: clockTopic, maxValueBytes: 0 }]
    const ending = linkSignals([closing], clockTimeoutMs)
    try {
      await this.#cluster.attempt(async (admin) => {
        const partitions = Math.max(1, (await admin.brokers()).length)
        await ensureTopics(admin, needs, { ...policy, partitions }, place)
      }, ending.signal)
      topics.add(clockTopic)
      sender.follow(clockTopic)
      await topics.refresh()
      await this.#ask(ending.signal)
      this.#cluster.watch.follow(() => this.#refresh())
    } catch (error) {
      this.#log.debug({ err: error }, `the topic '${clockTopic}' cannot be used`)
    } finally {
      ending.release()
    }
  }

  /** Requests may be all that this cluster carries: then no send of ours would teach the clocks. */
  async #refresh(): Promise<void> {
    const ending = linkSignals([this.#cluster.closing], clockTimeoutMs)
    try {
      await this.#ask(ending.signal)
    } catch (error) {
      this.#log.debug({ err: error }, 'the clocks of the brokers could not be read')
    } finally {
      ending.release()
    }
  }

  /** One record to each broker whose clock is due. */
  async #ask(signal: AbortSignal): Promise<void> {
    const { topics, clocks, sender } = this.#cluster
    const asked = new Set<number>()
    const sends: Promise<void>[] = []
    for (const { partition, leader } of topics.view(clockTopic)?.partitions ?? []) {
      if (leader < 0 || asked.has(leader) || !clocks.isDue(leader)) continue
      asked.add(leader)
      const record = { topic: clockTopic, partition, value: null, headers: () => ({}) }
      sends.push(sender.send(record, signal))
    }
    await Promise.all(sends)
  }
}
