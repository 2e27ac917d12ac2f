// Watches whether the brokers of a cluster answer and all partitions in use have a leader. Readiness
// hangs on it, and it alone logs: one line when that changes.
import type { Admin } from 'kafkajs'
import type { Logger } from '../../telemetry/log.ts'
import type { KafkaPlace } from './kafka-errors.ts'

/** Between checks while all is well, and while it is not; a closed socket asks for one at once. */
const calmMs = 5000
const troubledMs = 1000

export interface BrokerWatchOptions {
  readonly place: KafkaPlace
  readonly log: Logger
  /** Runs one attempt with an admin client; rejects when no broker answers in time. */
  readonly attempt: <T>(use: (admin: Admin) => Promise<T>) => Promise<T>
}

/** Starts with the first `add` and ends with `stop`. Holds no process open. */
export class BrokerWatch {
  readonly #options: BrokerWatchOptions
  readonly #topics = new Set<string>()
  readonly #followers = new Set<() => Promise<void>>()
  #reason: string | undefined
  #timer: NodeJS.Timeout | undefined
  #isChecking = false
  #isStopped = false

  constructor(options: BrokerWatchOptions) {
    this.#options = options
  }

  /** What is wrong, in words; undefined while brokers answer. */
  get reason(): string | undefined {
    return this.#reason
  }

  /** Watches a topic's partitions too. */
  add(topic: string): void {
    this.#topics.add(topic)
    if (this.#timer === undefined) this.#schedule(calmMs)
  }

  /** Runs something after each check that went well, such as reading the lag. */
  follow(follower: () => Promise<void>): () => void {
    this.#followers.add(follower)
    return () => this.#followers.delete(follower)
  }

  /** Something failed elsewhere: look now instead of later. */
  suspect(): void {
    if (this.#reason === undefined && this.#topics.size > 0) this.#schedule(0)
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped || this.#isChecking) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#check(), delayMs).unref()
  }

  async #check(): Promise<void> {
    this.#isChecking = true
    const reason = await this.#look()
    if (this.#isStopped) return
    this.#tell(reason)
    if (reason === undefined) {
      await Promise.allSettled([...this.#followers].map((follower) => follower()))
    }
    this.#isChecking = false
    this.#schedule(reason === undefined ? calmMs : troubledMs)
  }

  async #look(): Promise<string | undefined> {
    const { attempt, place } = this.#options
    try {
      const { topics } = await attempt((admin) =>
        admin.fetchTopicMetadata({ topics: [...this.#topics] }),
      )
      const leaderless = topics.find(({ partitions }) => partitions.some((p) => p.leader < 0))
      return leaderless === undefined
        ? undefined
        : `topic '${leaderless.name}' has partitions without a leader at ${place.hosts}`
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown)
      return `no broker answers at ${place.hosts}${place.flag}: ${message}`
    }
  }

  #tell(reason: string | undefined): void {
    const { log, place } = this.#options
    const wasWell = this.#reason === undefined
    this.#reason = reason
    if (wasWell && reason !== undefined) log.warn(reason)
    if (!wasWell && reason === undefined) log.info(`brokers answer again at ${place.hosts}`)
  }
}
