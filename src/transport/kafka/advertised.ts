// The brokers of a cluster as it advertises them, and which of those addresses cannot be reached from
// here: the usual fault of a new deployment, where the bootstrap address answers and nothing else does.
import type { Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import kafkajs, { type SASLOptions } from 'kafkajs'
import { TransportError } from '../../errors.ts'
import type { Logger } from '../../telemetry/log.ts'
import { orAborted } from '../linked-signal.ts'
import { dial, openSocket, parseAddress, type BrokerAddress } from './dial.ts'
import type { KafkaPlace } from './kafka-errors.ts'
import { kafkaLog } from './kafka-log.ts'

export interface ClusterLogin {
  /** host:port, as given. */
  readonly brokers: readonly string[]
  readonly clientId: string
  readonly ssl: boolean | ConnectionOptions | undefined
  readonly sasl: SASLOptions | undefined
  readonly log: Logger
}

export interface AdvertisedBroker extends BrokerAddress {
  readonly id: number
}

export interface ClusterView {
  readonly clusterId: string
  readonly controller: number | null
  /** Those that are up, sorted by id. */
  readonly brokers: readonly AdvertisedBroker[]
}

export interface UnreachableBroker extends AdvertisedBroker {
  /** The system's or OpenSSL's word for it. */
  readonly reason: string
}

/** A broker that takes no connection within this time is not to be had, milliseconds. */
const connectTimeoutMs = 3000

/**
 * What the cluster says of itself to who connects to a given address. Any broker can tell it, so every
 * connection goes to that address, whatever the cluster advertises. Rejects with what kafkajs throws.
 */
export async function viewCluster(login: ClusterLogin, signal: AbortSignal): Promise<ClusterView> {
  const given = login.brokers.map(parseAddress)
  const sockets = new Set<Socket>()
  let answering: BrokerAddress | undefined
  const kafka = new kafkajs.Kafka({
    clientId: login.clientId,
    brokers: [...login.brokers],
    ...(login.ssl === undefined ? {} : { ssl: login.ssl }),
    ...(login.sasl === undefined ? {} : { sasl: login.sasl }),
    connectionTimeout: connectTimeoutMs,
    // One try at each of the given addresses.
    retry: {
      retries: given.length,
      initialRetryTime: 50,
      maxRetryTime: 100,
      factor: 0,
      multiplier: 1,
    },
    socketFactory: ({ host, port, ssl, onConnect }) => {
      const isGiven = given.some((one) => one.host === host && one.port === port)
      const target = isGiven ? { host, port } : (answering ?? { host, port })
      const socket = dial(target, tlsOf(ssl), () => {
        answering = target
        onConnect()
      })
      socket.on('error', () => undefined).setMaxListeners(0)
      sockets.add(socket)
      return socket
    },
    ...kafkaLog(login.log),
  })
  const admin = kafka.admin({ retry: { retries: given.length } })
  try {
    const view = admin.connect().then(() => admin.describeCluster())
    const { brokers, controller, clusterId } = await orAborted(view, signal)
    return {
      clusterId,
      controller,
      brokers: brokers
        .map(({ nodeId, host, port }) => ({ id: nodeId, host, port }))
        .sort((a, b) => a.id - b.id),
    }
  } finally {
    void admin.disconnect().catch(() => undefined)
    for (const socket of sockets) socket.destroy()
  }
}

/** Connects to each advertised address, and lets go of it again; resolves with those that fail. */
export async function unreachableOf(
  brokers: readonly AdvertisedBroker[],
  ssl: boolean | ConnectionOptions | undefined,
  signal: AbortSignal,
): Promise<readonly UnreachableBroker[]> {
  const ending = AbortSignal.any([signal, AbortSignal.timeout(connectTimeoutMs)])
  const found = await Promise.all(
    brokers.map(async (broker) => {
      try {
        const socket = await openSocket(broker, tlsOf(ssl), ending)
        socket.destroy()
        return undefined
      } catch (cause) {
        return { ...broker, reason: cause instanceof Error ? cause.message : String(cause) }
      }
    }),
  )
  return found.filter((broker) => broker !== undefined)
}

/** kafkajs's ways of saying TLS, and of saying none, as one. */
export function tlsOf(
  ssl: boolean | ConnectionOptions | null | undefined,
): ConnectionOptions | undefined {
  if (ssl === undefined || ssl === null || ssl === false) return undefined
  return ssl === true ? {} : ssl
}

/** What to say of them: at start and by `ddnn doctor` alike. */
export function advertisedError(
  place: KafkaPlace,
  brokerCount: number,
  unreachable: readonly UnreachableBroker[],
): TransportError {
  const shown = unreachable.map(
    ({ id, host, port, reason }) => `broker ${id} at ${host}:${port} (${reason})`,
  )
  const others = unreachable.length === brokerCount ? 'no broker can be' : 'not all can be'
  return new TransportError(
    'DDNN_TRANSPORT_UNREACHABLE',
    `Expected to reach every broker by the address that it advertises; ${place.hosts}${place.flag} answers, yet ${others}: ${shown.join(', ')}`,
    {
      retriable: true,
      hint: "Set the brokers' advertised.listeners to addresses that this machine resolves and reaches, or connect to the listener that is meant for this network",
    },
  )
}
