// The brokers of a run over Kafka: its own, a real one of full speed on this machine, or the user's.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ConfigError } from '../../errors.ts'
import { packageRoot } from '../../package-root.ts'

/** Listeners beside the plaintext one, by name, each with the address (host:port) that it names to clients. */
export type BrokerListeners = Readonly<
  Record<string, { readonly protocol: string; readonly advertised: string }>
>

export interface BenchBrokers {
  /** host:port each, with commas. */
  readonly bootstrap: string
  /** Where each further listener of our own broker is, host:port; none of brokers that were there. */
  readonly listeners: Readonly<Record<string, string>>
  /** Of our own broker, for its CPU; undefined for brokers that were there. */
  readonly pid: number | undefined
  /** 'one broker of Kafka 4.4.0 on this machine'. */
  readonly description: string
  stop(): Promise<void>
}

interface Scripts {
  readonly startBroker: (options: {
    readonly isMeasured: boolean
    readonly listeners: BrokerListeners
    readonly say: (line: string) => void
  }) => Promise<{
    readonly bootstrap: string
    readonly listeners: Readonly<Record<string, string>>
    readonly brokers: readonly { readonly pid: number | undefined }[]
    stop(): Promise<void>
  }>
}

export function givenBrokers(bootstrap: string): BenchBrokers {
  return {
    bootstrap,
    listeners: {},
    pid: undefined,
    description: 'brokers that were there, not started or warmed by the bench',
    stop: () => Promise.resolve(),
  }
}

/** Installs Kafka where it is not yet there; `say` is told what is fetched. @throws DDNN_CONFIG_INVALID */
export async function startOwnBroker(
  say: (line: string) => void,
  listeners: BrokerListeners = {},
): Promise<BenchBrokers> {
  const load = (name: string): Promise<unknown> =>
    import(pathToFileURL(join(packageRoot, 'scripts', name)).href)
  try {
    const { startBroker } = (await load('kafka-broker.mjs')) as Scripts
    const { kafkaVersion } = (await load('install-kafka.mjs')) as {
      readonly kafkaVersion: string
    }
    const cluster = await startBroker({ isMeasured: true, listeners, say })
    const pid = cluster.brokers[0]?.pid
    const { bootstrap } = cluster
    if (pid === undefined) return givenBrokers(bootstrap)
    const description = `one broker of Kafka ${kafkaVersion} on this machine, started by the bench`
    return { bootstrap, listeners: cluster.listeners, pid, description, stop: () => cluster.stop() }
  } catch (thrown) {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected a Kafka broker to start for the bench: ${(thrown as Error).message}`,
      { hint: 'Pass --brokers HOST:PORT of one that runs, or --over process for none' },
    )
  }
}
