// The transport of a machine that has only Node: topics in memory, one process. A shipped adapter
// with Kafka's meaning (groups, reply partitions, at-least-once), proved by the same contract suite.
import { createSilentLog, type Logger } from '../../../telemetry/log.ts'
import { deadLetterTopic } from '../dead-letter.ts'
import { InProcessBackLink } from './back-link.ts'
import { MemoryBroker, type DeadLetter } from './broker.ts'
import { InProcessFrontLink } from './front-link.ts'
import type { Transport } from '../transport.ts'

/** The transport, and what its dead-letter topics hold. */
interface InProcessTransport extends Transport {
  /** Newest last; the oldest are dropped when there are many. */
  deadLetters(requestTopic: string): readonly DeadLetter[]
}

interface InProcessOptions {
  /** Told of requests that fail; silent by default. */
  readonly log?: Logger
  /** Topics that are there already; new ones by default. */
  readonly broker?: MemoryBroker
}

/** A transport within this process. Nothing is read or written outside it. */
export function createInProcessTransport(options: InProcessOptions = {}): InProcessTransport {
  const { log = createSilentLog(), broker = new MemoryBroker() } = options
  return {
    system: 'in_process',
    backLink: (link) => new InProcessBackLink(broker, link, log),
    frontLink: (link) => new InProcessFrontLink(broker, link),
    deadLetters: (requestTopic) => broker.deadLetters(deadLetterTopic(requestTopic)),
    close: () => Promise.resolve(),
  }
}
