// A broker of a test's own that listens by TLS, by mutual TLS and by SASL, with and without TLS, and on
// listeners that advertise what cannot be reached.
import { pathToFileURL } from 'node:url'
import type { Certificates } from '../helpers/certificates.ts'
import type { TestKafka } from '../helpers/kafka.ts'
import { repoPath } from '../helpers/paths.ts'
import { silentAddress } from '../helpers/silent-address.ts'
import type { Cluster } from './chain.ts'

export const user = 'alice'
/** Easy to find in an output, wherever it stands. */
export const password = 'right-horse-battery-4711'

/** DEAD and SILENT answer, and advertise an address where nothing listens or that takes no packets. */
export type ListenerName = 'TLS' | 'MUTUAL' | 'LOGIN' | 'LOGINTLS' | 'DEAD' | 'SILENT'

/** Nothing listens there: the port is reserved. */
export const deadAddress = '127.0.0.1:1'

export interface SecureBroker {
  /** What SILENT advertises. */
  readonly silentAddress: string
  /** One listener, as the flags of a link name a cluster; `host` may be another name of the same. */
  at(listener: ListenerName, host?: string): Cluster
  stop(): Promise<void>
}

interface Listener {
  readonly protocol: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'
  readonly config?: Readonly<Record<string, string>>
  readonly advertised?: string
}

interface Starter {
  startBroker(options: {
    readonly listeners: Readonly<Record<ListenerName, Listener>>
    readonly formatArgs: readonly string[]
  }): Promise<TestKafka & { readonly listeners: Readonly<Record<string, string>> }>
}

/** @throws Error where KAFKA_BROKERS names brokers, whose listeners are not known. */
export async function startSecureBroker(certificates: Certificates): Promise<SecureBroker> {
  const silent = await silentAddress()
  const script = pathToFileURL(repoPath('scripts', 'kafka-broker.mjs')).href
  const starter = (await import(script)) as Starter
  const starting = starter.startBroker({
    listeners: listenersOf(certificates, silent.address),
    formatArgs: ['--add-scram', `SCRAM-SHA-512=[name=${user},password=${password}]`],
  })
  starting.catch(() => silent.stop())
  const kafka = await starting
  return {
    silentAddress: silent.address,
    at(listener, host = '127.0.0.1') {
      const address = kafka.listeners[listener]
      if (address === undefined) {
        throw new Error(`Expected a broker of the test's own with ${listener}; unset KAFKA_BROKERS`)
      }
      return { kafka, host, port: address.slice(address.lastIndexOf(':') + 1) }
    },
    async stop() {
      await kafka.stop()
      await silent.stop()
    },
  }
}

function listenersOf(
  { authority, brokerStore }: Certificates,
  silent: string,
): Record<ListenerName, Listener> {
  const tls = {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': brokerStore,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': authority,
  }
  const modules = 'org.apache.kafka.common.security'
  const login = {
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
    'plain.sasl.jaas.config': `${modules}.plain.PlainLoginModule required user_${user}="${password}";`,
    'scram-sha-512.sasl.jaas.config': `${modules}.scram.ScramLoginModule required;`,
  }
  return {
    TLS: { protocol: 'SSL', config: tls },
    MUTUAL: { protocol: 'SSL', config: { ...tls, 'ssl.client.auth': 'required' } },
    LOGIN: { protocol: 'SASL_PLAINTEXT', config: login },
    DEAD: { protocol: 'PLAINTEXT', advertised: deadAddress },
    SILENT: { protocol: 'PLAINTEXT', advertised: silent },
    LOGINTLS: { protocol: 'SASL_SSL', config: { ...tls, ...login } },
  }
}
