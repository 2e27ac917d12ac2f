// Watches whether the brokers of a cluster answer and all partitions in use have a leader, and keeps the
// map of topics fresh. Readiness hangs on it, and it alone logs: one line when that changes.
import type { Logger } from '../../../../telemetry/log.ts'
import { linkSignals, orAborted } from '../../linked-signal.ts'
import type { KafkaPlace } from '../kafka-errors.ts'
import type { TopicMap } from './topic-map.ts'

/** Between looks while all is well, and while it is not; a suspicion asks for one at once. */
const calmMs = 10_000
const troubledMs = 1000
/** Suspicions come in swarms: looks keep this distance. */
const leastMs = 250
const lookTimeoutMs = 5000

interface BrokerWatchOptions {
  readonly place: KafkaPlace
  readonly log: Logger
  readonly topics: TopicMap
}

/** Starts with the first `add` and ends with `stop`. Holds no process open. */
export class BrokerWatch {
  readonly #options: BrokerWatchOptions
  /** Topics that requests or replies travel over: without one of them nothing goes. */
  readonly #needed = new Set<string>()
  readonly #followers = new Set<() => Promise<void>>()
  #reason: string | undefined
  #timer: NodeJS.Timeout | undefined
  #state: 'unused' | 'waiting' | 'looking' | 'stopped' = 'unused'
  #lookedAt = -Infinity
  /** A suspicion that came during a look. */
  #isSuspect = false

  constructor(options: BrokerWatchOptions) {
    this.#options = options
  }

  /** What is wrong, in words; undefined while brokers answer. */
  get reason(): string | undefined {
    return this.#reason
  }

  /** Watches a topic's partitions too. */
  add(topic: string): void {
    this.#options.topics.add(topic)
    this.#needed.add(topic)
    if (this.#state !== 'unused') return
    this.#state = 'waiting'
    this.#schedule(calmMs)
  }

  /** Runs something after each look that went well, such as reading the lag. */
  follow(follower: () => Promise<void>): () => void {
    this.#followers.add(follower)
    return () => this.#followers.delete(follower)
  }

  /** Something failed elsewhere, or takes long: look now instead of later. */
  suspect(): void {
    if (this.#state === 'looking') this.#isSuspect = true
    if (this.#state !== 'waiting') return
    this.#schedule(Math.max(0, leastMs - (performance.now() - this.#lookedAt)))
  }

  stop(): void {
    this.#state = 'stopped'
    clearTimeout(this.#timer)
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#check(), delayMs).unref()
  }

  async #check(): Promise<void> {
    this.#state = 'looking'
    this.#lookedAt = performance.now()
    this.#isSuspect = false
    const reason = await this.#look()
    // Stopped while it looked.
    if ((this.#state as string) === 'stopped') return
    this.#tell(reason)
    if (reason === undefined) {
      await Promise.allSettled([...this.#followers].map((follower) => follower()))
    }
    if ((this.#state as string) === 'stopped') return
    this.#state = 'waiting'
    this.#schedule(this.#isSuspect ? leastMs : reason === undefined ? calmMs : troubledMs)
  }

  async #look(): Promise<string | undefined> {
    const { topics, place } = this.#options
    const ending = linkSignals([], lookTimeoutMs)
    try {
      await orAborted(topics.refresh(), ending.signal)
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown)
      return `no broker answers at ${place.hosts}${place.flag}: ${message}`
    } finally {
      ending.release()
    }
    const missing = topics.missing.find((topic) => this.#needed.has(topic))
    if (missing !== undefined) return `topic '${missing}' is missing at ${place.hosts}`
    const leaderless = topics.views.find(
      ({ topic, partitions }) => this.#needed.has(topic) && partitions.some((p) => p.leader < 0),
    )
    return leaderless === undefined
      ? undefined
      : `topic '${leaderless.topic}' has partitions without a leader at ${place.hosts}`
  }

  #tell(reason: string | undefined): void {
    const { log, place } = this.#options
    const wasWell = this.#reason === undefined
    this.#reason = reason
    if (wasWell && reason !== undefined) log.warn(reason)
    if (!wasWell && reason === undefined) log.info(`brokers answer again at ${place.hosts}`)
  }
}
