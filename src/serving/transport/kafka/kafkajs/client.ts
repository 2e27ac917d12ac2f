// A Kafka client by kafkajs: its connections, its logins and its bytes, without its consumer and producer.
import type { Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import kafkajs, { type Kafka } from 'kafkajs'
import { closedError } from '../../closed-error.ts'
import type { KafkaLogin } from '../cluster/kafka-login.ts'
import { AnswerFrames } from '../answer-frames.ts'
import { dial, parseAddress, plainHost, tlsOf, withColons, withoutColons } from '../dial.ts'
import type { Admin, KafkaClient } from '../port.ts'
import { connectAdmin } from './admin.ts'
import { KafkaJsChannel } from './channel.ts'
import {
  brokerMakerOf,
  mendReceiving,
  mendRequestQueue,
  type BrokerMaker,
  type OnAnswer,
} from './internals.ts'
import { kafkaLog } from './log.ts'

/** A broker that does not take a connection within this time counts as dead, milliseconds. */
const connectionTimeoutMs = 3000
const loginTimeoutMs = 5000
/** Long enough for a record of many megabytes on a slow line. */
const requestTimeoutMs = 20_000
const keepAliveDelayMs = 60_000

/**
 * Connects nothing yet. `onSocketClosed` is told of each connection that ends, wanted or not, `onAnswer` of each answer
 * to a request of its channels.
 */
export function createKafkaJsClient(
  login: KafkaLogin,
  onSocketClosed: () => void,
  onAnswer?: OnAnswer,
): KafkaClient {
  mendRequestQueue()
  mendReceiving()
  return new KafkaJsClient(login, onSocketClosed, onAnswer)
}

class KafkaJsClient implements KafkaClient {
  readonly #login: KafkaLogin
  readonly #kafka: Kafka
  readonly #sockets = new Set<Socket>()
  readonly #onSocketClosed: () => void
  readonly #onAnswer: OnAnswer | undefined
  #make: BrokerMaker | undefined
  #isDestroyed = false

  constructor(login: KafkaLogin, onSocketClosed: () => void, onAnswer: OnAnswer | undefined) {
    this.#onAnswer = onAnswer
    this.#login = login
    this.#onSocketClosed = onSocketClosed
    this.#kafka = new kafkajs.Kafka({
      clientId: login.clientId,
      // kafkajs splits them at the first colon.
      brokers: login.brokers.map((broker) => withoutColons(parseAddress(broker))),
      ...(login.ssl === undefined ? {} : { ssl: login.ssl }),
      ...(login.sasl === undefined ? {} : { sasl: login.sasl }),
      connectionTimeout: connectionTimeoutMs,
      authenticationTimeout: loginTimeoutMs,
      requestTimeout: requestTimeoutMs,
      enforceRequestTimeout: true,
      // All given, since kafkajs takes others when NODE_ENV is test. Few: the loops outside decide.
      retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1000, factor: 0.2, multiplier: 2 },
      socketFactory: ({ host, port, ssl, onConnect }) =>
        this.#open({ host: plainHost(withColons(host)), port }, tlsOf(ssl), onConnect),
      ...kafkaLog(login.log),
    })
  }

  channel(): KafkaJsChannel {
    this.#make ??= brokerMakerOf(this.#kafka, this.#onAnswer)
    return new KafkaJsChannel(this.#make, this.#login.brokers)
  }

  connectAdmin(): Promise<Admin> {
    return connectAdmin(this.#kafka)
  }

  destroy(): void {
    this.#isDestroyed = true
    for (const socket of this.#sockets) socket.destroy(new Error('the transport was closed'))
  }

  #open(
    address: { readonly host: string; readonly port: number },
    ssl: ConnectionOptions | undefined,
    onConnect: () => void,
  ): Socket {
    const socket = dial(address, ssl, onConnect, (bytes) => {
      try {
        answers.add(bytes)
      } catch (thrown) {
        socket.destroy(thrown as RangeError)
      }
    })
    const answers = new AnswerFrames((answer) => socket.emit('data', answer))
    socket.setKeepAlive(true, keepAliveDelayMs)
    socket.setNoDelay(true)
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    // kafkajs may write many requests before it is connected; each waits with a listener.
    socket.setMaxListeners(0)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      this.#onSocketClosed()
    })
    // One that was being opened when all was closed.
    if (this.#isDestroyed) socket.destroy(closedError('call', address.host))
    return socket
  }
}
