// What a Kafka transport gives its links.
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { KafkaCluster } from './kafka-cluster.ts'
import type { TopicPolicy } from './topics.ts'

export interface LinkContext {
  /** The cluster that requests travel over; often the same as `replies`. */
  readonly requests: KafkaCluster
  readonly replies: KafkaCluster
  readonly policy: TopicPolicy
  readonly sessionTimeoutMs: number
  /** Longest wait for a first join: others of the group may be slow to let their partitions go. */
  readonly joinTimeoutMs: number
  /** Brokers that answer, yet name no coordinator of the group for so long, refuse it. */
  readonly coordinatorTimeoutMs: number
  readonly log: Logger
  readonly metrics: Metrics
}
