// How a process presents itself to a cluster.
import type { ConnectionOptions } from 'node:tls'
import type { Logger } from '../../../../telemetry/log.ts'

interface UserLogin {
  readonly username: string
  readonly password: string
}

/** A user and a password, by Kafka's name of the mechanism in small letters. */
export type SaslLogin =
  | (UserLogin & { readonly mechanism: 'plain' })
  | (UserLogin & { readonly mechanism: 'scram-sha-256' })
  | (UserLogin & { readonly mechanism: 'scram-sha-512' })

export interface KafkaLogin {
  /** host:port, as given. */
  readonly brokers: readonly string[]
  readonly clientId: string
  /** As options of node:tls; true takes the system's authorities. */
  readonly ssl: boolean | ConnectionOptions | undefined
  readonly sasl: SaslLogin | undefined
  readonly log: Logger
}
