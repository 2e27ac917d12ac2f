// A socket to one address of a broker: as kafkajs's own factory opens it, and awaited, for who looks
// at the address itself.
import { connect as connectPlain, isIP, isIPv6, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { NoAnswerError } from '../linked-signal.ts'

export interface BrokerAddress {
  readonly host: string
  readonly port: number
}

/** 'kafka-0.kafka:9092' or '[::1]:9092', as flags give them; the port is checked by then. */
export function parseAddress(text: string): BrokerAddress {
  const colon = text.lastIndexOf(':')
  return { host: plainHost(text.slice(0, colon)), port: Number(text.slice(colon + 1)) }
}

/** Without brackets: brokers may advertise '[::1]' as well as '::1', and a socket takes the latter alone. */
export function plainHost(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1')
}

/** An IPv6 address without colons, for a client that takes the first one for the port's. */
export function withoutColons({ host, port }: BrokerAddress): string {
  return `${isIPv6(host) ? host.replaceAll(':', '_') : host}:${port}`
}

/** The host that `withoutColons` was given; others as they are. */
export function withColons(host: string): string {
  const address = host.replaceAll('_', ':')
  return isIPv6(address) ? address : host
}

/** What a plain socket reads at once at most, as much as Node's own. */
const readBytes = 64 * 1024

/**
 * Calls back when it is connected; with TLS, when the broker's certificate was accepted. `onBytes` takes
 * what a plain socket reads in place of its 'data', in memory that is the next read's as soon as it returns.
 */
export function dial(
  { host, port }: BrokerAddress,
  ssl: ConnectionOptions | undefined,
  onConnect: () => void,
  onBytes?: (bytes: Buffer) => void,
): Socket {
  if (ssl !== undefined) {
    return connectTls(
      { host, port, ...(isIP(host) ? {} : { servername: host }), ...ssl },
      onConnect,
    )
  }
  if (onBytes === undefined) return connectPlain({ host, port }, onConnect)
  const buffer = Buffer.allocUnsafeSlow(readBytes)
  const callback = (length: number) => {
    onBytes(buffer.subarray(0, length))
    return true
  }
  return connectPlain({ host, port, onread: { buffer, callback } }, onConnect)
}

/**
 * A connected socket; the caller destroys it. Rejects with the system's or OpenSSL's error, or when
 * the signal aborts.
 */
export function openSocket(
  address: BrokerAddress,
  ssl: ConnectionOptions | undefined,
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => {
      signal.removeEventListener('abort', onAbort)
      act()
    }
    const fail = (error: Error) =>
      settle(() => {
        socket.destroy()
        reject(error)
      })
    const onAbort = () => fail(new NoAnswerError())
    const socket = dial(address, ssl, () => settle(() => resolve(socket)))
    // Stays, since an error after the connection has no other listener.
    socket.on('error', fail)
    socket.once('close', () => fail(new Error('the connection was closed')))
    signal.addEventListener('abort', onAbort, { once: true })
    if (signal.aborted) onAbort()
  })
}

/** kafkajs's ways of saying TLS, and of saying none, as one. */
export function tlsOf(
  ssl: boolean | ConnectionOptions | null | undefined,
): ConnectionOptions | undefined {
  if (ssl === undefined || ssl === null || ssl === false) return undefined
  return ssl === true ? {} : ssl
}
