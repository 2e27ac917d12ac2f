// The brokers of a cluster as it advertises them, and which of those addresses cannot be reached from
// here: the usual fault of a new deployment, where the bootstrap address answers and nothing else does.
import type { ConnectionOptions } from 'node:tls'
import { addressText } from '../../../../domain/host-address.ts'
import { TransportError } from '../../../../errors.ts'
import { openSocket, plainHost, tlsOf, type BrokerAddress } from '../dial.ts'
import type { KafkaPlace } from '../kafka-errors.ts'

interface AdvertisedBroker extends BrokerAddress {
  readonly id: number
}

export interface ClusterView {
  readonly clusterId: string
  readonly controller: number | null
  /** Those that are up, sorted by id. */
  readonly brokers: readonly AdvertisedBroker[]
}

interface UnreachableBroker extends AdvertisedBroker {
  /** The system's or OpenSSL's word for it. */
  readonly reason: string
}

/** A broker that takes no connection within this time counts as away, milliseconds. */
const connectTimeoutMs = 3000

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

/** What to say of them: at start and by `ddnn doctor` alike. */
export function advertisedError(
  place: KafkaPlace,
  brokerCount: number,
  unreachable: readonly UnreachableBroker[],
): TransportError {
  const shown = unreachable.map(
    ({ id, host, port, reason }) =>
      `broker ${id} at ${addressText(plainHost(host), port)} (${reason})`,
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
