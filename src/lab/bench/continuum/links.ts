// The places of a continuum on one machine: a broker that each place reaches over a link with delay and bandwidth.
// The broker of a link stands at the place that answers, so who asks crosses the link, and who answers does not.
import { ConfigError } from '../../../errors.ts'
import { pathBetween, placesOf, type Link, type LinkProfile } from '../../links/profile.ts'
import type { LinkBytes } from '../../links/link-messages.ts'
import { startShapedLinks } from '../../links/shaped-links.ts'
import { parseAddress } from '../../../serving/transport/kafka/dial.ts'
import type { BenchBrokers, BrokerListeners } from '../brokers.ts'

export interface ContinuumLinks {
  readonly profile: LinkProfile
  readonly brokers: BenchBrokers
  /** host:port of the broker between two places, as one of them reaches it. @throws DDNN_CONFIG_INVALID */
  brokersOf(from: string, to: string, end: 'asks' | 'answers'): string
  /** All bytes over each path so far, by 'device-edge': Kafka's own and fetches that found nothing among them. */
  count(): Promise<Readonly<Record<string, LinkBytes>>>
  /** Ends the links and the broker. */
  stop(): Promise<void>
}

/**
 * Any two places are joined, those that are no neighbours by the links between them as one.
 * `startBroker` starts a broker with a further listener for each, by what it is told to advertise.
 * @throws DDNN_CONFIG_INVALID where it gives brokers without them.
 */
export async function startContinuumLinks(
  profile: LinkProfile,
  startBroker: (listeners: BrokerListeners) => Promise<BenchBrokers>,
): Promise<ContinuumLinks> {
  const paths = pathsOf(profile)
  const shaped = await startShapedLinks(paths)
  const addresses = new Map(paths.map((path, i) => [nameOf(path), `127.0.0.1:${shaped.ports[i]}`]))
  const listeners = Object.fromEntries(
    [...addresses].map(([name, advertised]) => [
      listenerOf(name),
      { protocol: 'PLAINTEXT', advertised },
    ]),
  )
  let brokers: BenchBrokers | undefined
  try {
    brokers = await startBroker(listeners)
    const { listeners: listening } = brokers
    await shaped.aim(paths.map((path) => targetOf(listening[listenerOf(nameOf(path))])))
  } catch (thrown) {
    await shaped.stop()
    await brokers?.stop()
    throw thrown
  }
  const started = brokers
  return {
    profile,
    brokers: started,
    brokersOf(from, to, end) {
      const address = addresses.get(nameOf(pathBetween(profile, from, to)))
      return end === 'asks' && address !== undefined ? address : started.bootstrap
    },
    async count() {
      const bytes = await shaped.count()
      return Object.fromEntries(paths.map((path, i) => [nameOf(path), bytes[i] as LinkBytes]))
    },
    async stop() {
      await shaped.stop()
      await started.stop()
    },
  }
}

function pathsOf(profile: LinkProfile): readonly Link[] {
  const places = placesOf(profile)
  return places.flatMap((from, i) =>
    places.slice(i + 1).map((to) => pathBetween(profile, from, to)),
  )
}

function nameOf({ from, to }: Pick<Link, 'from' | 'to'>): string {
  return `${from}-${to}`
}

/** As Kafka names listeners: capitals. Places may have letters that it does not take. */
function listenerOf(name: string): string {
  return `LINK_${Buffer.from(name).toString('hex').toUpperCase()}`
}

function targetOf(address: string | undefined): { readonly host: string; readonly port: number } {
  if (address === undefined) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      'Expected a broker of its own for a bench with links, got brokers that were there',
      { hint: 'Leave --brokers and KAFKA_BROKERS out: each link needs a listener of its own' },
    )
  }
  return parseAddress(address)
}
