// Checks of one cluster of a link, from the name of its host to the last of its brokers; each step is a
// line, so that the first that fails says where the way ends.
import { lookup } from 'node:dns/promises'
import { isIP, type Socket } from 'node:net'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { addressText } from '../../domain/host-address.ts'
import { DdnnError, TransportError } from '../../errors.ts'
import {
  advertisedError,
  unreachableOf,
  type ClusterView,
} from '../../serving/transport/kafka/inspect/advertised.ts'
import { describeRelease, missingApis } from '../../serving/transport/kafka/inspect/api-ranges.ts'
import { askApiVersions, askLogin } from '../../serving/transport/kafka/inspect/ask-broker.ts'
import {
  openSocket,
  parseAddress,
  plainHost,
  tlsOf,
  type BrokerAddress,
} from '../../serving/transport/kafka/dial.ts'
import { toTransportError } from '../../serving/transport/kafka/kafka-errors.ts'
import type { KafkaCluster } from '../../serving/transport/kafka/cluster/kafka-cluster.ts'
import type { KafkaLogin } from '../../serving/transport/kafka/cluster/kafka-login.ts'
import type { Verdict } from './check.ts'
import type { Checked, CheckName, Examination } from './examination.ts'

export interface ExaminedCluster {
  /** Beginning of the ids of its checks: 'back', 'front.replies'. */
  readonly id: string
  readonly group: string
  readonly cluster: KafkaCluster
  readonly options: KafkaLogin
}

/** A certificate that ends within this time is worth a warning, milliseconds: 30 days. */
const soonMs = 30 * 24 * 3600 * 1000
/** One address may take so long of the check's time, milliseconds. */
const addressTimeoutMs = 3000

/** The cluster where every one of its brokers is reached. */
export async function checkCluster(
  exam: Examination,
  examined: ExaminedCluster,
): Promise<Checked<ClusterView>> {
  const { id, group, options } = examined
  const name = (what: string, title: string): CheckName => ({ id: `${id}.${what}`, group, title })
  const given = options.brokers.map(parseAddress)
  const resolved = await exam.check(name('dns', 'names'), () => checkNames(given))
  const connected = await exam.check(
    name('tcp', 'connection'),
    (signal) => checkConnections(resolved.value ?? [], examined, signal),
    { needs: [resolved] },
  )
  const needs: Checked<unknown>[] = [connected]
  const tls = tlsOf(options.ssl)
  const [address] = connected.value ?? []
  if (tls !== undefined) {
    needs.push(
      await exam.check(
        name('tls', 'TLS'),
        (signal) => checkTls(address as BrokerAddress, tls, examined, signal),
        { needs: [connected] },
      ),
    )
  }
  const kafka = await exam.check(
    name('kafka', 'Kafka'),
    (signal) => checkKafka(address as BrokerAddress, examined, signal),
    { needs },
  )
  const login = await exam.check(
    name('login', 'login'),
    (signal) => checkLogin(address as BrokerAddress, examined, signal),
    { needs: [kafka] },
  )
  return exam.check(
    name('brokers', 'brokers'),
    (signal) => checkBrokers(login.value as ClusterView, examined, signal),
    { needs: [login] },
  )
}

const shown = ({ host, port }: BrokerAddress) => addressText(plainHost(host), port)
const messageOf = (thrown: unknown) => (thrown instanceof Error ? thrown.message : String(thrown))

/** Some addresses may fail where one is left: kafkajs tries them in turn. */
async function ofEach<T>(
  addresses: readonly BrokerAddress[],
  ask: (address: BrokerAddress) => Promise<T>,
): Promise<{
  readonly good: readonly { readonly address: BrokerAddress; readonly got: T }[]
  readonly bad: readonly { readonly address: BrokerAddress; readonly thrown: unknown }[]
}> {
  const settled = await Promise.allSettled(addresses.map(ask))
  const at = (i: number) => addresses[i] as BrokerAddress
  return {
    good: settled.flatMap((one, i) =>
      one.status === 'fulfilled' ? [{ address: at(i), got: one.value }] : [],
    ),
    bad: settled.flatMap((one, i) =>
      one.status === 'rejected' ? [{ address: at(i), thrown: one.reason as unknown }] : [],
    ),
  }
}

async function checkNames(
  given: readonly BrokerAddress[],
): Promise<Verdict<readonly BrokerAddress[]>> {
  const { good, bad } = await ofEach(given, async ({ host }) =>
    isIP(host) ? undefined : (await lookup(host, { all: true })).map(({ address }) => address),
  )
  const unknown = bad.map(({ address, thrown }) => `'${address.host}' (${messageOf(thrown)})`)
  const advice =
    'Correct the host, or use a name that this machine or Pod knows: in Kubernetes SERVICE.NAMESPACE.svc'
  if (good.length === 0) {
    throw new TransportError(
      'DDNN_TRANSPORT_UNREACHABLE',
      `Expected the hosts to be known here, got no address of ${unknown.join(', ')}`,
      { hint: advice },
    )
  }
  const found = good.map(({ address: { host }, got }) =>
    got === undefined ? `${host} is an address` : `${host} is ${got.join(', ')}`,
  )
  return {
    status: bad.length > 0 ? 'warning' : 'ok',
    found: [...found, ...unknown.map((one) => `no address of ${one}`)].join('; '),
    advice: bad.length > 0 ? advice : [],
    facts: { hosts: good.map(({ address, got }) => ({ ...address, addresses: got })) },
    value: good.map(({ address }) => address),
  }
}

async function checkConnections(
  addresses: readonly BrokerAddress[],
  { cluster }: ExaminedCluster,
  signal: AbortSignal,
): Promise<Verdict<readonly BrokerAddress[]>> {
  const ending = AbortSignal.any([signal, AbortSignal.timeout(addressTimeoutMs)])
  const { good, bad } = await ofEach(addresses, async (address) => {
    const startedAt = performance.now()
    const socket = await openSocket(address, undefined, ending)
    socket.destroy()
    return Math.round((performance.now() - startedAt) * 10) / 10
  })
  const refused = bad.map(({ address, thrown }) => `${shown(address)} (${messageOf(thrown)})`)
  const advice = bad.some(({ thrown }) => /ECONNREFUSED/.test(messageOf(thrown)))
    ? 'Nothing listens there: start the broker, or correct host and port'
    : 'A firewall, NetworkPolicy or security group may drop the connection: open the way, or correct host and port'
  if (good.length === 0) {
    throw new TransportError(
      'DDNN_TRANSPORT_UNREACHABLE',
      `Expected a connection${cluster.place.flag}, got none to ${refused.join(', ')}`,
      { hint: advice },
    )
  }
  const found = good.map(({ address, got }) => `${shown(address)} in ${got} ms`)
  return {
    status: bad.length > 0 ? 'warning' : 'ok',
    found: [...found, ...refused.map((one) => `none to ${one}`)].join('; '),
    advice: bad.length > 0 ? advice : [],
    facts: { connected: good.map(({ address, got }) => ({ ...address, ms: got })), refused },
    value: good.map(({ address }) => address),
  }
}

async function checkTls(
  address: BrokerAddress,
  tls: ConnectionOptions,
  { cluster }: ExaminedCluster,
  signal: AbortSignal,
): Promise<Verdict<true>> {
  let socket: TLSSocket
  try {
    socket = (await openSocket(address, tls, inTime(signal))) as TLSSocket
  } catch (thrown) {
    const isPlain = await talksKafka(address, undefined, signal)
    const error = toTransportError(thrown, cluster.place, 'TLS')
    if (!isPlain) throw error
    throw new TransportError('DDNN_TRANSPORT_UNREACHABLE', error.message, {
      hint: `${shown(address)} speaks plain text: name the port of the TLS listener, or leave out --ssl and --ssl-ca`,
    })
  }
  const certificate = socket.getPeerCertificate()
  const protocol = socket.getProtocol()
  socket.destroy()
  const end = new Date(certificate.valid_to)
  const advice: string[] = []
  if (end.getTime() - Date.now() < soonMs) {
    advice.push(`The certificate of the broker ends on ${dayOf(end)}: renew it`)
  }
  if (tls.rejectUnauthorized === false) {
    advice.push('The certificate is not checked, so anyone may answer: leave out --no-ssl-verify')
  }
  const names = certificate.subjectaltname ?? String(certificate.subject?.CN ?? 'no name')
  return {
    status: advice.length > 0 ? 'warning' : 'ok',
    found: `${protocol}, certificate for ${names}, until ${dayOf(end)}`,
    advice,
    facts: { protocol, names, validTo: end.toISOString(), issuer: certificate.issuer },
    value: true,
  }
}

const dayOf = (date: Date) => date.toISOString().slice(0, 10)
const inTime = (signal: AbortSignal) =>
  AbortSignal.any([signal, AbortSignal.timeout(addressTimeoutMs)])

async function checkKafka(
  address: BrokerAddress,
  { cluster, options }: ExaminedCluster,
  signal: AbortSignal,
): Promise<Verdict<true>> {
  const tls = tlsOf(options.ssl)
  let ranges: Awaited<ReturnType<typeof askApiVersions>>
  try {
    ranges = await withSocket(address, tls, signal, (socket) =>
      askApiVersions(socket, inTime(signal)),
    )
  } catch (thrown) {
    const error = toTransportError(thrown, cluster.place, "Kafka's protocol")
    if (tls === undefined && (await talksTls(address, signal))) {
      throw new TransportError('DDNN_TRANSPORT_UNREACHABLE', error.message, {
        hint: `${shown(address)} speaks TLS: pass --ssl-ca FILE with the authority of the brokers, or --ssl where the system knows it`,
      })
    }
    throw error
  }
  const release = describeRelease(ranges)
  const missing = missingApis(ranges)
  if (missing.length > 0) {
    throw new TransportError(
      'DDNN_TRANSPORT_REFUSED',
      `Expected a broker that takes the requests of kafkajs, got ${release} without ${missing.join(', ')}`,
      { hint: 'Use brokers from Kafka 1.0 on' },
    )
  }
  return {
    found: `${shown(address)} is ${release}, and takes all requests of ddnn`,
    facts: { release, apis: ranges },
    value: true,
  }
}

async function withSocket<T>(
  address: BrokerAddress,
  tls: ConnectionOptions | undefined,
  signal: AbortSignal,
  use: (socket: Socket) => Promise<T>,
): Promise<T> {
  const socket = await openSocket(address, tls, inTime(signal))
  try {
    return await use(socket)
  } finally {
    socket.destroy()
  }
}

function talksKafka(
  address: BrokerAddress,
  tls: ConnectionOptions | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const asking = withSocket(address, tls, signal, (socket) =>
    askApiVersions(socket, inTime(signal)),
  )
  return asking.then(
    () => true,
    () => false,
  )
}

function talksTls(address: BrokerAddress, signal: AbortSignal): Promise<boolean> {
  return withSocket(address, { rejectUnauthorized: false }, signal, () => Promise.resolve()).then(
    () => true,
    // A broker that wants a certificate of ours speaks TLS too.
    (thrown: unknown) => /alert/.test(messageOf(thrown)),
  )
}

/** Logs in, and looks at the cluster: a login alone would not tell whether it is good for anything. */
async function checkLogin(
  address: BrokerAddress,
  { cluster, options }: ExaminedCluster,
  signal: AbortSignal,
): Promise<Verdict<ClusterView>> {
  const { sasl } = options
  const wanted = await withSocket(address, tlsOf(options.ssl), signal, (socket) =>
    askLogin(socket, inTime(signal)),
  )
  const mechanisms = wanted.mechanisms.join(', ')
  const mechanism = sasl?.mechanism.toUpperCase()
  if (sasl === undefined && wanted.isWanted) {
    throw refused(
      `Expected no login at ${shown(address)}, got a listener that wants one by ${mechanisms}`,
      `Pass --sasl-mechanism ${wanted.mechanisms[0]?.toLowerCase()}, --sasl-username and --sasl-password-file`,
    )
  }
  if (sasl !== undefined && !wanted.isWanted) {
    throw refused(
      `Expected a login by ${mechanism} at ${shown(address)}, got a listener that takes none`,
      'Leave out --sasl-*, or name the port of the listener with SASL',
    )
  }
  if (mechanism !== undefined && !wanted.mechanisms.includes(mechanism)) {
    throw refused(
      `Expected a login by ${mechanism} at ${shown(address)}, got a listener that takes ${mechanisms}`,
      `Pass --sasl-mechanism ${wanted.mechanisms[0]?.toLowerCase()}`,
    )
  }
  const view = await cluster.view(signal).catch((thrown: unknown) => {
    throw toTransportError(thrown, cluster.place, 'a look at the cluster')
  })
  const who =
    sasl === undefined
      ? 'none is wanted'
      : `in as ${'username' in sasl ? `'${sasl.username}'` : 'given'} by ${mechanism}`
  return { found: who, facts: { isWanted: wanted.isWanted, mechanism }, value: view }
}

const refused = (message: string, hint: string) =>
  new DdnnError('DDNN_TRANSPORT_REFUSED', message, { hint })

/** Whether every broker is reached by the address that the cluster names. */
async function checkBrokers(
  view: ClusterView,
  { cluster, options }: ExaminedCluster,
  signal: AbortSignal,
): Promise<Verdict<ClusterView>> {
  const { brokers, controller, clusterId } = view
  const unreachable = await unreachableOf(brokers, options.ssl, signal)
  if (unreachable.length > 0) throw advertisedError(cluster.place, brokers.length, unreachable)
  const list = brokers
    .map(({ id, host, port }) => `${id} at ${addressText(plainHost(host), port)}`)
    .join(', ')
  return {
    found: `${brokers.length} of them, all reached by what they advertise: ${list}`,
    facts: { clusterId, controller, brokers },
    value: view,
  }
}
