// One member of a consumer group that outlives its client: kafkajs restarts a consumer after most
// crashes, and where it does not, a new one is made here. Commits and positions are the links' matter.
import type { Consumer, ConsumerConfig, EachBatchPayload, PartitionAssigner } from 'kafkajs'
import type { Logger } from '../../telemetry/log.ts'
import { createBackoff } from '../backoff.ts'
import { settledWithin } from '../settled.ts'
import type { KafkaCluster } from './kafka-cluster.ts'
import { isRefused } from './kafka-errors.ts'
import { createWakeUp, type WakeUp } from './wake-up.ts'

export interface GroupConsumerOptions {
  readonly cluster: KafkaCluster
  readonly groupId: string
  /**
   * True where the group is a vehicle only and holds no offsets: after a crash another one is taken,
   * since in the old one the broker waits for the lost member until its session ends. (Measured with
   * three brokers when the group's coordinator is killed: replies stood still for 16 s.)
   */
  readonly isGroupDisposable?: boolean
  readonly topic: string
  readonly assigner?: PartitionAssigner
  readonly sessionTimeoutMs: number
  /** Largest record, bytes; bounds the memory of a fetch. */
  readonly maxRecordBytes: number
  /**
   * Called within the join, before anything is fetched in the new assignment: what it does at once
   * (seek, pause) holds for the first fetch. The leader is the member that was there first.
   */
  readonly onJoin: (partitions: readonly number[], isLeader: boolean) => void
  readonly onBatch: (payload: EachBatchPayload) => Promise<void>
  /** The member is out of its group until the next onJoin. */
  readonly onLost: () => void
  readonly log: Logger
}

/** An idle fetch comes back after this time; a paused consumer sleeps as long. */
const maxWaitMs = 200
const leaveTimeoutMs = 10_000
const hurriedLeaveMs = 1500
/** A member that has not come back to a rebalance within this time is left out of it. */
const rebalanceTimeoutMs = 20_000
const leastFetchBytes = 1024 * 1024

/** One kafkajs consumer; `GroupConsumer` has one at a time. */
interface Member {
  readonly consumer: Consumer
  /**
   * Between `run` and its first GROUP_JOIN, and from a crash to the next one. kafkajs cannot be stopped
   * then: `disconnect` forgets the runner, which goes on to join and to heartbeat with no way to make it
   * leave. So a member that is not wanted any more is disconnected when it has joined.
   */
  isJoining: boolean
  /** Waits for the end of the joining. */
  readonly changed: WakeUp
}

export class GroupConsumer {
  readonly #options: GroupConsumerOptions
  #member: Member | undefined
  #lastCrash: Error | undefined
  #hasJoined = false
  /** Brokers that are away are the watch's to tell; that they refuse the group, nobody else tells. */
  #isRefused = false
  #isPaused = false
  #times = 0
  readonly #closing = new AbortController()

  constructor(options: GroupConsumerOptions) {
    this.#options = options
  }

  /** Why it is out of its group; undefined once it has joined again. */
  get lastCrash(): Error | undefined {
    return this.#lastCrash
  }

  /**
   * Connects and asks to join; `onJoin` tells when that is done, which may take as long as the others of
   * the group hold on to their partitions. @throws what kafkajs throws.
   */
  async open(): Promise<void> {
    const { cluster, topic } = this.#options
    const previous = this.#member
    const consumer = cluster.kafka.consumer(this.#config(() => this.#member === member))
    const member: Member = { consumer, isJoining: false, changed: createWakeUp() }
    this.#member = member
    if (previous !== undefined) void this.#retire(previous, leaveTimeoutMs)
    this.#listen(member)
    try {
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true })
    } catch (thrown) {
      await consumer.disconnect().catch(() => undefined)
      throw thrown
    }
    // Who called may have given this attempt up and begun another.
    if (this.#member !== member || this.#closing.signal.aborted) {
      await consumer.disconnect().catch(() => undefined)
      return
    }
    member.isJoining = true
    // Not awaited: it resolves with the join.
    const running = consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.#options.onBatch(payload),
    })
    running.catch((error: unknown) => this.#lose(member, toError(error), false))
  }

  #listen(member: Member): void {
    const { topic } = this.#options
    const { consumer } = member
    const isWanted = () => this.#member === member && !this.#closing.signal.aborted
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      if (isWanted()) {
        this.#lastCrash = undefined
        this.#join(payload.memberAssignment[topic] ?? [], payload.isLeader)
      }
      // kafkajs can leave only when it has taken note of its own join, after this event.
      setImmediate(() => {
        member.isJoining = false
        member.changed.wake()
        if (!isWanted()) void consumer.disconnect().catch(() => undefined)
      })
    })
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      this.#lose(member, payload.error, payload.restart)
    })
  }

  #lose(member: Member, error: Error, isRestarting: boolean): void {
    const { cluster, log, onLost } = this.#options
    member.isJoining = isRestarting
    member.changed.wake()
    if (this.#member !== member || this.#closing.signal.aborted) return
    this.#lastCrash = error
    onLost()
    cluster.watch.suspect()
    log.debug({ err: error, restart: isRestarting }, 'consumer crashed')
    if (this.#hasJoined && !this.#isRefused && isRefused(error)) {
      this.#isRefused = true
      log.warn(`out of the group '${this.#options.groupId}': ${error.message}`)
    }
    if (!isRestarting) void this.#reopen()
  }

  /** Makes a member leave that is not, or will not be, the one in use. */
  async #retire(member: Member, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs
    // Else its GROUP_JOIN disconnects it, or its crash is the end of it.
    while (member.isJoining && performance.now() < deadline) {
      await member.changed.wait(deadline - performance.now())
    }
    if (!member.isJoining) await member.consumer.disconnect().catch(() => undefined)
  }

  #config(isCurrent: () => boolean): ConsumerConfig {
    const { groupId, isGroupDisposable, assigner, sessionTimeoutMs, maxRecordBytes } = this.#options
    const time = this.#times++
    const fetchBytes = Math.max(leastFetchBytes, maxRecordBytes)
    return {
      groupId: isGroupDisposable === true && time > 0 ? `${groupId}.${time}` : groupId,
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
        // Else a consumer that was closed or replaced while it was joining would come back.
        restartOnFailure: () =>
          Promise.resolve(
            isGroupDisposable !== true && isCurrent() && !this.#closing.signal.aborted,
          ),
      },
    }
  }

  /** Three heartbeats and a bit in a session. */
  get heartbeatMs(): number {
    return Math.floor(this.#options.sessionTimeoutMs / 3.3)
  }

  #join(partitions: readonly number[], isLeader: boolean): void {
    if (this.#isRefused) this.#options.log.info(`in the group '${this.#options.groupId}' again`)
    this.#isRefused = false
    this.#hasJoined = true
    if (this.#isPaused) this.#member?.consumer.pause([{ topic: this.#options.topic }])
    this.#options.onJoin(partitions, isLeader)
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
    this.#member?.consumer.seek({ topic: this.#options.topic, partition, offset: String(offset) })
  }

  /** Fetches no more, also after later joins; stays a member. */
  pause(): void {
    this.#isPaused = true
    try {
      this.#member?.consumer.pause([{ topic: this.#options.topic }])
    } catch {
      // Between a crash and its restart there is nothing to pause; the next join pauses.
    }
  }

  /** Leaves the group; where brokers are away or there is no time, the session's end does it. */
  async close(signal?: AbortSignal): Promise<void> {
    this.#closing.abort()
    const member = this.#member
    if (member === undefined) return
    const isHurried = signal?.aborted === true || this.#options.cluster.watch.reason !== undefined
    const timeoutMs = isHurried ? hurriedLeaveMs : leaveTimeoutMs
    await settledWithin(this.#retire(member, timeoutMs), timeoutMs)
  }
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
