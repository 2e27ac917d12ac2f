// One Kafka cluster as the links of a transport share it: what a start asks, the map of its topics and the
// watch over it, the sender, the clocks of its brokers. It wires; each part has a file of its own.
import type { Logger } from '../../../../telemetry/log.ts'
import { settledWithin } from '../../../../domain/settled.ts'
import type { DdnnError } from '../../../../errors.ts'
import type { ClusterView } from '../inspect/advertised.ts'
import type { KafkaPlace } from '../kafka-errors.ts'
import type { Admin, Channel, KafkaClient } from '../port.ts'
import { Sender } from '../sending/sender.ts'
import { checkSizes, prepareTopic, type TopicNeed, type TopicPolicy } from '../topics.ts'
import { BrokerClocks } from './broker-clocks.ts'
import { BrokerWatch } from './broker-watch.ts'
import { ClockFeed } from './clock-feed.ts'
import type { KafkaLogin } from './kafka-login.ts'
import { StartWaits } from './start-waits.ts'
import { Starter } from './starter.ts'
import { TopicMap } from './topic-map.ts'

interface KafkaClusterOptions {
  readonly place: KafkaPlace
  readonly login: KafkaLogin
  /** Makes the client; `onSocketClosed` is to be told of every connection that ends. */
  readonly createClient: (login: KafkaLogin, onSocketClosed: () => void) => KafkaClient
  readonly viewCluster: (login: KafkaLogin, signal: AbortSignal) => Promise<ClusterView>
  /** Brokers must answer within this time at open, milliseconds; 0 waits without end. */
  readonly startTimeoutMs: number
  readonly log: Logger
}

/** Saying goodbye to brokers that may be dead. */
const disconnectTimeoutMs = 3000
const deadDisconnectMs = 500

export class KafkaCluster {
  readonly place: KafkaPlace
  readonly login: KafkaLogin
  readonly client: KafkaClient
  /** Sends, asks for topics and their ends; reads, over a second connection of each broker. */
  readonly channel: Channel
  readonly topics: TopicMap
  readonly watch: BrokerWatch
  readonly clocks = new BrokerClocks()
  readonly sender: Sender
  readonly clockFeed: ClockFeed
  readonly #starter: Starter
  readonly #waits: StartWaits
  readonly #viewCluster: KafkaClusterOptions['viewCluster']
  readonly #closing = new AbortController()

  constructor(options: KafkaClusterOptions) {
    const { place, login, log } = options
    this.place = place
    this.#viewCluster = options.viewCluster
    this.login = login
    this.client = options.createClient(login, () => this.watch.suspect())
    this.channel = this.client.channel()
    this.topics = new TopicMap(this.channel)
    this.watch = new BrokerWatch({ place, log, topics: this.topics })
    this.#waits = new StartWaits(place, log)
    this.#starter = new Starter({
      place,
      login,
      connectAdmin: () => this.client.connectAdmin(),
      viewCluster: options.viewCluster,
      waits: this.#waits,
      startTimeoutMs: options.startTimeoutMs,
      isWatched: () => this.watch.reason !== undefined,
      closing: this.#closing.signal,
      log,
    })
    this.sender = new Sender({
      channel: this.channel,
      topics: this.topics,
      clocks: this.clocks,
      place,
      onSuspect: () => this.watch.suspect(),
      log,
    })
    this.clockFeed = new ClockFeed(this, log)
  }

  get closing(): AbortSignal {
    return this.#closing.signal
  }

  /** What is wrong with it, or what a start waits for, in words; undefined while all is well. */
  get reason(): string | undefined {
    return this.watch.reason ?? this.#waits.reason
  }

  /** As `Starter.start`. */
  start<T>(use: (admin: Admin) => Promise<T>, doing: string): Promise<T> {
    return this.#starter.start(use, doing)
  }

  /** As `Starter.attempt`. */
  attempt<T>(use: (admin: Admin) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#starter.attempt(use, signal)
  }

  /** As `Starter.advertisedFault`. */
  advertisedFault(signal: AbortSignal): Promise<DdnnError | undefined> {
    return this.#starter.advertisedFault(signal)
  }

  /** What the cluster says of itself to who connects to a given address. */
  view(signal: AbortSignal): Promise<ClusterView> {
    return this.#viewCluster(this.login, signal)
  }

  /** Makes and checks a topic as `prepareTopic`, and takes it into use. */
  async prepare(need: TopicNeed, policy: TopicPolicy): Promise<void> {
    await this.start(
      (admin) => prepareTopic(admin, need, policy, this.place, this.login.log),
      `topic '${need.topic}'`,
    )
    await this.use(need.topic)
  }

  /** Holds a topic in use against larger values. @throws as `checkSizes`. */
  fit(need: TopicNeed): Promise<void> {
    const check = (admin: Admin) => checkSizes(admin, [need], this.place, this.login.log)
    return this.start(check, `topic '${need.topic}'`)
  }

  /** Takes a topic that is there into use: its partitions are known and watched from now on. */
  async use(topic: string): Promise<void> {
    this.topics.add(topic)
    this.sender.follow(topic)
    await this.start(async () => {
      await this.topics.refresh()
      if (this.topics.view(topic) === undefined) throw new TopicUnknownError(topic)
    }, `topic '${topic}'`)
    this.watch.add(topic)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.watch.stop()
    this.sender.close()
    const leaving = Promise.allSettled([this.#starter.disconnect(), this.channel.disconnect()])
    const isDead = this.watch.reason !== undefined
    await settledWithin(leaving, isDead ? deadDisconnectMs : disconnectTimeoutMs)
    // A broker that does not answer would hold the process until a request times out.
    this.client.destroy()
  }
}

/** A broker that has not heard yet of a topic that is there. */
class TopicUnknownError extends Error {
  readonly type = 'UNKNOWN_TOPIC_OR_PARTITION'

  constructor(topic: string) {
    super(`topic '${topic}' is not known to the brokers yet`)
    this.name = 'TopicUnknownError'
  }
}
