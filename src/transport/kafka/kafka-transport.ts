// The transport over Apache Kafka, by kafkajs. One transport serves the links of one side of a process;
// requests and replies may travel over different clusters.
import type { ConnectionOptions } from 'node:tls'
import type { SASLOptions } from 'kafkajs'
import type { Logger } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { Transport } from '../transport.ts'
import { KafkaBackLink } from './back-link.ts'
import { KafkaFrontLink } from './front-link.ts'
import { KafkaCluster } from './kafka-cluster.ts'
import type { LinkContext } from './link-context.ts'

export interface KafkaTransportOptions {
  /** host:port of the cluster that requests travel over. */
  readonly requestBrokers: readonly string[]
  /** Of the cluster that replies travel over; the same one where left out. */
  readonly replyBrokers?: readonly string[]
  /** Side of the links, so that an error can name the flag; left out, it names hosts alone. */
  readonly side?: 'back' | 'front'
  /** The process's name at the brokers. */
  readonly clientId: string
  /** As options of node:tls; true takes the system's authorities. */
  readonly ssl?: boolean | ConnectionOptions
  readonly sasl?: SASLOptions
  /** Of topics that are made; default 8. */
  readonly partitions?: number
  /** Copies of topics that are made; default 3, or as many as there are brokers. */
  readonly replication?: number
  /** Makes missing topics; default true. */
  readonly createTopics?: boolean
  /** Where topics are not made: waits for missing ones as for brokers; default false. */
  readonly awaitTopics?: boolean
  /** Brokers must answer within this time at open, milliseconds; 0 waits without end; default 10000. */
  readonly startTimeoutMs?: number
  /** A process that was silent for so long has lost its partitions, milliseconds; default 10000. */
  readonly sessionTimeoutMs?: number
  readonly log: Logger
  readonly metrics: Metrics
}

const joinTimeoutMs = 60_000
const defaultStartMs = 10_000
/**
 * kafkajs does not tell a group that may not be looked up from one whose broker is away; where brokers
 * answer all the while, it is the former, unless the cluster itself may still be starting.
 */
const hiddenRefusalMs = 4000

/** Connects nothing yet: links do when they are opened. */
export function createKafkaTransport(options: KafkaTransportOptions): Transport {
  const { log, metrics } = options
  const { startTimeoutMs = defaultStartMs, awaitTopics = false } = options
  const startMs = startTimeoutMs === 0 ? Infinity : startTimeoutMs
  const { requests, replies } = clustersOf(options)
  const context: LinkContext = {
    requests,
    replies,
    policy: {
      partitions: options.partitions ?? 8,
      replication: options.replication,
      createTopics: options.createTopics ?? true,
      awaitTopics,
    },
    sessionTimeoutMs: options.sessionTimeoutMs ?? 10_000,
    joinTimeoutMs: Math.max(joinTimeoutMs, startMs),
    coordinatorTimeoutMs: awaitTopics ? startMs : hiddenRefusalMs,
    log,
    metrics,
  }
  return {
    backLink: (link) => new KafkaBackLink(context, link),
    frontLink: (link) => new KafkaFrontLink(context, link),
    async close() {
      await Promise.all([...new Set([requests, replies])].map((cluster) => cluster.close()))
    },
  }
}

/** The clusters of a transport's two ends, which are often one. Connects nothing yet. */
export function clustersOf(options: Omit<KafkaTransportOptions, 'metrics'>): {
  readonly requests: KafkaCluster
  readonly replies: KafkaCluster
} {
  const { requestBrokers, replyBrokers = requestBrokers } = options
  const clusterOf = (brokers: readonly string[], flag: string) =>
    new KafkaCluster({
      place: { hosts: brokers.join(','), flag },
      brokers,
      clientId: options.clientId,
      ssl: options.ssl,
      sasl: options.sasl,
      startTimeoutMs: options.startTimeoutMs ?? defaultStartMs,
      log: options.log,
    })
  const flags = flagsOf(options.side)
  const isOne = [...requestBrokers].sort().join() === [...replyBrokers].sort().join()
  const requests = clusterOf(requestBrokers, isOne ? flags.both : flags.requests)
  return { requests, replies: isOne ? requests : clusterOf(replyBrokers, flags.replies) }
}

/** A tier consumes requests at its back and produces replies there; at its front the other way round. */
function flagsOf(side: 'back' | 'front' | undefined) {
  if (side === undefined) return { requests: '', replies: '', both: '' }
  const producer = `--producer-${side}`
  const consumer = `--consumer-${side}`
  const [requests, replies] = side === 'back' ? [consumer, producer] : [producer, consumer]
  return {
    requests: ` (${requests})`,
    replies: ` (${replies})`,
    both: ` (${producer}, ${consumer})`,
  }
}
