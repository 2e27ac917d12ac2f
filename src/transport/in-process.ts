// The transport of a machine that has only Node: topics in memory, one process. A shipped adapter
// with Kafka's meaning (groups, reply partitions, at-least-once), proved by the same contract suite.
import { deadLetterTopic } from './dead-letter.ts'
import { InProcessBackLink } from './in-process/back-link.ts'
import { MemoryBroker, type DeadLetter } from './in-process/broker.ts'
import { InProcessFrontLink } from './in-process/front-link.ts'
import type { Transport } from './transport.ts'

/** The transport, and what its dead-letter topics hold. */
export interface InProcessTransport extends Transport {
  /** Newest last; the oldest are dropped when there are many. */
  deadLetters(requestTopic: string): readonly DeadLetter[]
}

/** A transport within this process. Nothing is read or written outside it. */
export function createInProcessTransport(): InProcessTransport {
  const broker = new MemoryBroker()
  return {
    backLink: (options) => new InProcessBackLink(broker, options),
    frontLink: (options) => new InProcessFrontLink(broker, options),
    deadLetters: (requestTopic) => broker.deadLetters(deadLetterTopic(requestTopic)),
    close: () => Promise.resolve(),
  }
}
