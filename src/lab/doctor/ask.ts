// Questions to a cluster by the port's admin client, asked again while a broker says that it is not ready
// yet: a coordinator that loads, a leader that is being chosen.
import { setTimeout as sleep } from 'node:timers/promises'
import type { KafkaCluster } from '../../serving/transport/kafka/cluster/kafka-cluster.ts'
import { answerOfBroker, toTransportError } from '../../serving/transport/kafka/kafka-errors.ts'

type Use<T> = Parameters<KafkaCluster['attempt']>[0] extends (admin: infer A) => unknown
  ? (admin: A) => Promise<T>
  : never

const pauseMs = 200

/** `doing` is what an error names. @throws DDNN_TRANSPORT_* */
export function createAsk(
  cluster: KafkaCluster,
  doing: string,
  signal: AbortSignal,
): <T>(use: Use<T>) => Promise<T> {
  return async (use) => {
    for (;;) {
      try {
        return await cluster.attempt(use, signal)
      } catch (thrown) {
        const error = toTransportError(thrown, cluster.place, doing)
        const isTransient = error.retriable && answerOfBroker(thrown) !== undefined
        if (!isTransient || signal.aborted) throw error
        await sleep(pauseMs)
      }
    }
  }
}
