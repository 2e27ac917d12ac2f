// One Kafka cluster as the links of a transport share it: an admin client, a producer that never gives
// up once open, the broker's clock and the watch over its health.
import type { Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import kafkajs, {
  type Admin,
  type ISocketFactory,
  type Kafka,
  type KafkaMessage,
  type Message,
  type Producer,
  type SASLOptions,
} from 'kafkajs'
import type { DdnnError } from '../../errors.ts'
import type { Logger } from '../../telemetry/log.ts'
import { createBackoff } from '../backoff.ts'
import { closedError } from '../closed-error.ts'
import { linkSignals, orAborted } from '../linked-signal.ts'
import { settledWithin } from '../settled.ts'
import { advertisedError, tlsOf, unreachableOf, viewCluster } from './advertised.ts'
import { BrokerClock } from './broker-clock.ts'
import { BrokerWatch } from './broker-watch.ts'
import { dial } from './dial.ts'
import {
  causesOf,
  isCertificateRefused,
  toTransportError,
  type KafkaPlace,
} from './kafka-errors.ts'
import { kafkaLog } from './kafka-log.ts'
import { isBrokerTimed } from './records.ts'
import { StartWaits } from './start-waits.ts'
import { ensureTopics, type TopicPolicy } from './topics.ts'

export interface KafkaClusterOptions {
  readonly place: KafkaPlace
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly ssl: boolean | ConnectionOptions | undefined
  readonly sasl: SASLOptions | undefined
  /** Brokers must answer within this time at open, milliseconds; 0 waits without end. */
  readonly startTimeoutMs: number
  readonly log: Logger
}

/** A broker that does not take a connection within this time counts as dead, milliseconds. */
const connectionTimeoutMs = 3000
/** Long enough for a record of many megabytes on a slow line. */
const requestTimeoutMs = 20_000
/** One look at the cluster's health may take so long. */
const attemptTimeoutMs = 5000
/** Saying goodbye to brokers that may be dead. */
const disconnectTimeoutMs = 3000
const deadDisconnectMs = 500
/** Where a process asks a broker for its time. */
export const clockTopic = 'ddnn_clock'
/** A cluster whose time is not known by then is worked with all the same. */
const clockTimeoutMs = 5000
const keepAliveDelayMs = 60_000

export class KafkaCluster {
  readonly place: KafkaPlace
  readonly clock = new BrokerClock()
  readonly watch: BrokerWatch
  readonly kafka: Kafka
  readonly #options: KafkaClusterOptions
  readonly #closing = new AbortController()
  readonly #sockets = new Set<Socket>()
  readonly #starts: StartWaits
  #admin: Promise<Admin> | undefined
  #producer: Promise<Producer> | undefined
  #isClosed = false
  #hasLooked = false
  #isClockFollowed = false

  constructor(options: KafkaClusterOptions) {
    this.#options = options
    this.place = options.place
    this.#starts = new StartWaits(options.place, options.log)
    this.watch = new BrokerWatch({
      place: options.place,
      log: options.log,
      attempt: (use) => this.attempt(use),
    })
    this.kafka = new kafkajs.Kafka({
      clientId: options.clientId,
      brokers: [...options.brokers],
      ...(options.ssl === undefined ? {} : { ssl: options.ssl }),
      ...(options.sasl === undefined ? {} : { sasl: options.sasl }),
      connectionTimeout: connectionTimeoutMs,
      authenticationTimeout: attemptTimeoutMs,
      requestTimeout: requestTimeoutMs,
      enforceRequestTimeout: true,
      // All given, since kafkajs takes others when NODE_ENV is test. Few: the loops here decide.
      retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1000, factor: 0.2, multiplier: 2 },
      socketFactory: (args) => this.#openSocket(args),
      ...kafkaLog(options.log),
    })
  }

  /** What is wrong with it, or what a start waits for, in words; undefined while all is well. */
  get reason(): string | undefined {
    return this.watch.reason ?? this.#starts.reason
  }

  /**
   * Runs `use` again and again until it succeeds, for as long as a start may take.
   * @throws DDNN_TRANSPORT_UNREACHABLE when that time is over; at once what waiting does not mend:
   *   DDNN_TRANSPORT_REFUSED, and a certificate that one end does not take.
   */
  async start<T>(use: (admin: Admin) => Promise<T>, doing: string): Promise<T> {
    const { startTimeoutMs } = this.#options
    const closing = this.#closing.signal
    const ending = linkSignals([closing], startTimeoutMs === 0 ? undefined : startTimeoutMs)
    const backoff = createBackoff()
    const waiting = this.#starts.begin(doing)
    let isWell = false
    let last: unknown
    try {
      for (;;) {
        try {
          const result = await this.attempt(use, ending.signal)
          isWell = true
          this.#lookAtAll()
          return result
        } catch (thrown) {
          if (closing.aborted) throw closedError(doing, this.place.hosts)
          // The attempt that the end cut off knows less than the one before.
          last = ending.signal.aborted
            ? (last ?? thrown)
            : await this.#explained(thrown, ending.signal)
          if (ending.signal.aborted) throw this.#late(last, doing)
          const error = toTransportError(last, this.place, doing)
          if (!error.retriable || isCertificateRefused(error)) throw error
          // Once it is open, the watch has said it already.
          if (this.watch.reason === undefined) waiting.failed(error)
          await backoff.wait(ending.signal).catch(() => {
            throw closing.aborted ? closedError(doing, this.place.hosts) : this.#late(last, doing)
          })
        }
      }
    } finally {
      waiting.end(isWell)
      ending.release()
    }
  }

  #late(last: unknown, doing: string): DdnnError {
    const within = `within ${this.#options.startTimeoutMs} ms`
    return toTransportError(last, this.place, `${doing} ${within}`)
  }

  /**
   * A cluster whose bootstrap address answers, while an address that it advertises does not, is named
   * as what it is; kafkajs names the dead address alone, which nobody has given.
   */
  async #explained(thrown: unknown, signal: AbortSignal): Promise<unknown> {
    const address = addressOf(thrown)
    if (address === undefined || this.#options.brokers.includes(address)) return thrown
    return (await this.advertisedFault(signal).catch(() => undefined)) ?? thrown
  }

  /** What is wrong with the advertised addresses; undefined where all are reached. */
  async advertisedFault(signal: AbortSignal): Promise<DdnnError | undefined> {
    const { brokers } = await viewCluster(this.#options, signal)
    const unreachable = await unreachableOf(brokers, this.#options.ssl, signal)
    if (unreachable.length === 0) return undefined
    return advertisedError(this.place, brokers.length, unreachable)
  }

  /** Once and beside the start: a broker that is out of reach would be missed in its partitions alone. */
  #lookAtAll(): void {
    if (this.#hasLooked) return
    this.#hasLooked = true
    void this.advertisedFault(this.#closing.signal)
      .then((fault) => {
        if (fault !== undefined) this.#options.log.warn({ hint: fault.hint }, fault.message)
      })
      .catch(() => undefined)
  }

  /** Runs `use` once with a connected admin client; a client that failed is not used again. */
  async attempt<T>(use: (admin: Admin) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const connecting = (this.#admin ??= this.#connectAdmin())
    const ending = linkSignals([signal], attemptTimeoutMs)
    try {
      return await orAborted(connecting.then(use), ending.signal)
    } catch (thrown) {
      if (this.#admin === connecting) this.#admin = undefined
      void connecting.then((admin) => admin.disconnect()).catch(() => undefined)
      throw thrown
    } finally {
      ending.release()
    }
  }

  async #connectAdmin(): Promise<Admin> {
    const admin = this.kafka.admin({ retry: { retries: 0 } })
    try {
      await admin.connect()
    } catch (thrown) {
      await admin.disconnect().catch(() => undefined)
      throw thrown
    }
    return admin
  }

  /** Connects the producer; `send` may be used when it has resolved. Errors as `start`. */
  async startProducer(): Promise<void> {
    await this.start(async () => void (await this.#connectedProducer()), 'sending')
  }

  #connectedProducer(): Promise<Producer> {
    return (this.#producer ??= this.#connectProducer().catch((thrown: unknown) => {
      this.#producer = undefined
      throw thrown
    }))
  }

  async #connectProducer(): Promise<Producer> {
    const producer = this.kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    })
    await producer.connect()
    return producer
  }

  /**
   * Sends one record and resolves when all in-sync replicas have it. Tries again for ever.
   * @throws DDNN_TRANSPORT_CLOSED when closed, DDNN_TRANSPORT_UNREACHABLE when the signal aborts,
   *   DDNN_FRAME_TOO_LARGE and DDNN_TRANSPORT_REFUSED when the broker says no.
   */
  async send(topic: string, message: Message, signal?: AbortSignal): Promise<void> {
    const closing = this.#closing.signal
    const ending = linkSignals([closing, signal])
    const backoff = createBackoff()
    const doing = `a record of ${message.value?.length ?? 0} bytes to '${topic}'`
    try {
      for (;;) {
        const using = this.#connectedProducer()
        try {
          return await orAborted(this.#sendOnce(using, topic, message), ending.signal)
        } catch (thrown) {
          if (closing.aborted) throw closedError('record', topic)
          const error = toTransportError(thrown, this.place, doing)
          if (!error.retriable || ending.signal.aborted) throw error
          this.watch.suspect()
          if (isBroken(thrown)) this.#dropProducer(using)
          await backoff.wait(ending.signal).catch(() => {
            throw closing.aborted ? closedError('record', topic) : error
          })
        }
      }
    } finally {
      ending.release()
    }
  }

  async #sendOnce(using: Promise<Producer>, topic: string, message: Message): Promise<void> {
    const producer = await using
    const sentAtMs = performance.now()
    const [sent] = await producer.send({ topic, acks: -1, messages: [message] })
    this.clock.learn(sentAtMs, performance.now(), sent?.logAppendTime)
  }

  #dropProducer(using: Promise<Producer>): void {
    if (this.#producer !== using) return
    this.#producer = undefined
    void using.then((producer) => producer.disconnect()).catch(() => undefined)
  }

  /** Time since the broker took the record in; 0 where that is not known. */
  ageOf(message: KafkaMessage): number {
    return isBrokerTimed(message) ? this.clock.ageMs(message.timestamp) : 0
  }

  /**
   * Sends an empty record to a small topic of its own, so that the broker's clock is known before the
   * first request is taken: else stale requests would be worked on until a first reply has taught it.
   * Where that topic may not be made, replies teach it.
   */
  async learnClock(policy: TopicPolicy): Promise<void> {
    if (this.#isClockFollowed) return
    this.#isClockFollowed = true
    const needs = [{ topic: clockTopic, maxValueBytes: 0 }]
    const ending = linkSignals([this.#closing.signal], clockTimeoutMs)
    try {
      await this.attempt(
        (admin) => ensureTopics(admin, needs, { ...policy, partitions: 1 }, this.place),
        ending.signal,
      )
      await this.send(clockTopic, { key: null, value: null }, ending.signal)
      this.watch.follow(() => this.#refreshClock())
    } catch (error) {
      this.#options.log.debug({ err: error }, `the topic '${clockTopic}' cannot be used`)
    } finally {
      ending.release()
    }
  }

  /** Requests may be all that this cluster carries: then no send of ours would teach the clock. */
  async #refreshClock(): Promise<void> {
    if (!this.clock.isDue) return
    const ending = linkSignals([this.#closing.signal], clockTimeoutMs)
    try {
      await this.send(clockTopic, { key: null, value: null }, ending.signal)
    } catch (error) {
      this.#options.log.debug({ err: error }, 'the clock of the brokers could not be read')
    } finally {
      ending.release()
    }
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.watch.stop()
    const leaving = Promise.allSettled([
      this.#producer?.then((producer) => producer.disconnect()) ?? Promise.resolve(),
      this.#admin?.then((admin) => admin.disconnect()) ?? Promise.resolve(),
    ])
    const isDead = this.watch.reason !== undefined
    await settledWithin(leaving, isDead ? deadDisconnectMs : disconnectTimeoutMs)
    // A broker that does not answer would hold the process until a request times out; kafkajs gives
    // its requests up on an error only.
    this.#isClosed = true
    for (const socket of this.#sockets) socket.destroy(new Error('the transport was closed'))
  }

  /** As kafkajs's own, but a socket that closes makes the watch look. */
  #openSocket({ host, port, ssl, onConnect }: Parameters<ISocketFactory>[0]) {
    const socket = dial({ host, port }, tlsOf(ssl), onConnect)
    socket.setKeepAlive(true, keepAliveDelayMs)
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    // kafkajs may write many requests before it is connected; each waits with a listener.
    socket.setMaxListeners(0)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      this.watch.suspect()
    })
    // A client that was joining or trying again when all was closed.
    if (this.#isClosed) socket.destroy(closedError('call', host))
    return socket
  }
}

/** The host:port that a connection failed at, where kafkajs tells it. */
function addressOf(thrown: unknown): string | undefined {
  const { broker } = (causesOf(thrown).find((one) => 'broker' in one) ?? {}) as { broker?: unknown }
  return typeof broker === 'string' ? broker : undefined
}

/** A client that came to an end by a fault of its own would fail again: it is made anew. */
function isBroken(thrown: unknown): boolean {
  const { retriable, name } = thrown as { retriable?: boolean; name?: string }
  return retriable !== true && name !== 'KafkaJSNumberOfRetriesExceeded'
}
