// A Kafka broker of our own on this machine, as a process that ends with this one: scripts/kafka-broker.mjs, which
// installs Java and Kafka where they are not there yet.
import { join } from 'node:path'
import { ConfigError } from '../../errors.ts'
import { packageRoot } from '../../package-root.ts'
import { describeEnd, startChild, type OutputStream } from './child.ts'
import { EndedByItself } from './keep-running.ts'

const endWithinMs = 20_000

export interface OwnBroker {
  /** host:port. */
  readonly bootstrap: string
  /** Resolves when it ended though nobody asked. */
  readonly failed: Promise<EndedByItself>
  /** Ends it; its data go with it. */
  end(): Promise<void>
}

/** Resolves when it answers. @throws DDNN_CONFIG_INVALID with its last words, and the signal's reason. */
export async function startOwnBroker(
  onLine: (stream: OutputStream, line: string) => void,
  signal: AbortSignal,
): Promise<OwnBroker> {
  signal.throwIfAborted()
  let setBootstrap: (bootstrap: string) => void = () => undefined
  const answered = new Promise<string>((resolve) => (setBootstrap = resolve))
  const child = startChild({
    argv: [join(packageRoot, 'scripts', 'kafka-broker.mjs')],
    onLine,
    onMessage: (message) => {
      setBootstrap((message as { bootstrap: string }).bootstrap)
    },
    // It has a Java process of its own, and a folder: at SIGHUP it takes both along at once.
    lastSignal: 'SIGHUP',
  })
  let isEnding = false
  const end = async () => {
    isEnding = true
    await child.end(endWithinMs)
  }
  const stopped = new Promise<undefined>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve(undefined)
    })
  })
  const bootstrap = await Promise.race([answered, child.ended, stopped])
  if (bootstrap === undefined) {
    await end()
    signal.throwIfAborted()
  }
  if (typeof bootstrap !== 'string') {
    throw new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected a Kafka broker to start on this machine: ${child.words().join('\n')}`,
      { hint: 'Pass --brokers HOST:PORT of one that runs' },
    )
  }
  const failed = new Promise<EndedByItself>((resolve) => {
    void child.ended.then((how) => {
      if (!isEnding) resolve(new EndedByItself(`The Kafka broker ended with ${describeEnd(how)}`))
    })
  })
  return { bootstrap, failed, end }
}
