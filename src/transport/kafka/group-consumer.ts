// One member of a consumer group that outlives its client: kafkajs restarts a consumer after most
// crashes, and where it does not, a new one is made here. Commits and positions are the links' matter.
import type { Consumer, ConsumerConfig, EachBatchPayload, PartitionAssigner } from 'kafkajs'
import type { Logger } from '../../telemetry/log.ts'
import { createBackoff } from '../backoff.ts'
import { settledWithin } from '../settled.ts'
import type { KafkaCluster } from './kafka-cluster.ts'

export interface GroupConsumerOptions {
  readonly cluster: KafkaCluster
  readonly groupId: string
  readonly topic: string
  readonly assigner?: PartitionAssigner
  readonly sessionTimeoutMs: number
  /** Largest record, bytes; bounds the memory of a fetch. */
  readonly maxRecordBytes: number
  /**
   * Called within the join, before anything is fetched in the new assignment: what it does at once
   * (seek, pause) holds for the first fetch.
   */
  readonly onJoin: (partitions: readonly number[]) => void
  readonly onBatch: (payload: EachBatchPayload) => Promise<void>
  /** The member is out of its group until the next onJoin. */
  readonly onLost: () => void
  readonly log: Logger
}

/** An idle fetch comes back after this time; a paused consumer sleeps as long. */
const maxWaitMs = 200
const leaveTimeoutMs = 10_000
/** A member that has not come back to a rebalance within this time is left out of it. */
const rebalanceTimeoutMs = 20_000
const leastFetchBytes = 1024 * 1024

export class GroupConsumer {
  readonly #options: GroupConsumerOptions
  #consumer: Consumer | undefined
  #isPaused = false
  readonly #closing = new AbortController()

  constructor(options: GroupConsumerOptions) {
    this.#options = options
  }

  /** Connects and asks to join; `onJoin` tells when that is done. @throws what kafkajs throws. */
  async open(): Promise<void> {
    const { cluster, topic } = this.#options
    const consumer = cluster.kafka.consumer(this.#config())
    this.#consumer = consumer
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      // A join that was under way when the link closed must not leave a member behind.
      if (this.#closing.signal.aborted) void consumer.disconnect().catch(() => undefined)
      else if (this.#consumer === consumer) this.#join(payload.memberAssignment[topic] ?? [])
    })
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (this.#closing.signal.aborted || this.#consumer !== consumer) return
      this.#options.onLost()
      cluster.watch.suspect()
      this.#options.log.debug({ err: payload.error, restart: payload.restart }, 'consumer crashed')
      if (!payload.restart) void this.#reopen()
    })
    try {
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true })
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.#options.onBatch(payload),
      })
    } catch (thrown) {
      await consumer.disconnect().catch(() => undefined)
      throw thrown
    }
  }

  #config(): ConsumerConfig {
    const { groupId, assigner, sessionTimeoutMs, maxRecordBytes } = this.#options
    const fetchBytes = Math.max(leastFetchBytes, maxRecordBytes)
    return {
      groupId,
      ...(assigner === undefined ? {} : { partitionAssigners: [assigner] }),
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: this.heartbeatMs,
      rebalanceTimeout: rebalanceTimeoutMs,
      maxWaitTimeInMs: maxWaitMs,
      maxBytesPerPartition: fetchBytes,
      maxBytes: fetchBytes * 4,
      allowAutoTopicCreation: false,
      retry: {
        retries: 5,
        initialRetryTime: 100,
        maxRetryTime: 1000,
        factor: 0.2,
        multiplier: 2,
        // Else a consumer that was closed while it was joining would come back.
        restartOnFailure: () => Promise.resolve(!this.#closing.signal.aborted),
      },
    }
  }

  /** Three heartbeats and a bit in a session. */
  get heartbeatMs(): number {
    return Math.floor(this.#options.sessionTimeoutMs / 3.3)
  }

  #join(partitions: readonly number[]): void {
    if (this.#isPaused) this.#consumer?.pause([{ topic: this.#options.topic }])
    this.#options.onJoin(partitions)
  }

  async #reopen(): Promise<void> {
    const backoff = createBackoff()
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        await backoff.wait(signal)
        await this.open()
        return
      } catch (error) {
        this.#options.log.debug({ err: error }, 'consumer could not be opened again')
      }
    }
  }

  /** Where the next fetch begins. Only within onJoin and onBatch, where the consumer runs. */
  seek(partition: number, offset: bigint): void {
    this.#consumer?.seek({ topic: this.#options.topic, partition, offset: String(offset) })
  }

  /** Fetches no more, also after later joins; stays a member. */
  pause(): void {
    this.#isPaused = true
    try {
      this.#consumer?.pause([{ topic: this.#options.topic }])
    } catch {
      // Between a crash and its restart there is nothing to pause; the next join pauses.
    }
  }

  /** Leaves the group. */
  async close(): Promise<void> {
    this.#closing.abort()
    const leaving = this.#consumer?.disconnect() ?? Promise.resolve()
    await settledWithin(leaving, leaveTimeoutMs)
  }
}
