// What a Kafka transport gives its links.
import type { Logger } from '../../../telemetry/log.ts'
import type { Metrics } from '../../../telemetry/metrics/metrics.ts'
import type { KafkaCluster } from './cluster/kafka-cluster.ts'
import type { GroupBytes } from './group/group-member.ts'
import type { TopicPolicy } from './topics.ts'

export interface LinkContext {
  /** The cluster that requests travel over; often the same as `replies`. */
  readonly requests: KafkaCluster
  readonly replies: KafkaCluster
  readonly policy: TopicPolicy
  readonly groupBytes: GroupBytes
  readonly sessionTimeoutMs: number
  /** What is done is committed so often at most, and at every orderly end. */
  readonly commitIntervalMs: number
  /** Longest wait for a first join: others of the group may be slow to let their partitions go. */
  readonly joinTimeoutMs: number
  readonly log: Logger
  readonly metrics: Metrics
}
