// What the cluster says of itself to who connects to a given address.
import type { Socket } from 'node:net'
import kafkajs from 'kafkajs'
import { orAborted } from '../../linked-signal.ts'
import {
  dial,
  parseAddress,
  plainHost,
  tlsOf,
  withColons,
  withoutColons,
  type BrokerAddress,
} from '../dial.ts'
import type { ClusterView } from '../inspect/advertised.ts'
import type { KafkaLogin } from '../cluster/kafka-login.ts'
import { kafkaLog } from './log.ts'

/** A broker that takes no connection within this time counts as away, milliseconds. */
const connectTimeoutMs = 3000

/**
 * Any broker can tell it, so every connection goes to a given address, whatever the cluster advertises.
 * Rejects with what kafkajs throws.
 */
export async function viewCluster(login: KafkaLogin, signal: AbortSignal): Promise<ClusterView> {
  const given = login.brokers.map(parseAddress)
  const sockets = new Set<Socket>()
  let answering: BrokerAddress | undefined
  const kafka = new kafkajs.Kafka({
    clientId: login.clientId,
    brokers: given.map(withoutColons),
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
    socketFactory: ({ host: seed, port, ssl, onConnect }) => {
      const host = plainHost(withColons(seed))
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
        .map(({ nodeId, host, port }) => ({ id: nodeId, host: plainHost(host), port }))
        .sort((a, b) => a.id - b.id),
    }
  } finally {
    void admin.disconnect().catch(() => undefined)
    for (const socket of sockets) socket.destroy()
  }
}
