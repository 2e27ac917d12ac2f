// The transport over Apache Kafka, by kafkajs. One transport serves the links of one side of a process;
// requests and replies may travel over different clusters.
import type { ConnectionOptions } from 'node:tls'
import type { Logger } from '../../../telemetry/log.ts'
import { brokerApis } from '../../../telemetry/metrics/known-values.ts'
import type { Metrics } from '../../../telemetry/metrics/metrics.ts'
import type { Transport } from '../transport.ts'
import { KafkaCluster } from './cluster/kafka-cluster.ts'
import type { SaslLogin } from './cluster/kafka-login.ts'
import { viewFront } from './inspect/front-view.ts'
import { createKafkaJsClient } from './kafkajs/client.ts'
import type { OnAnswer } from './kafkajs/internals.ts'
import * as groupBytes from './kafkajs/group-bytes.ts'
import { viewCluster } from './kafkajs/view-cluster.ts'
import type { LinkContext } from './link-context.ts'
import { KafkaFrontLink } from './replies/front-link.ts'
import { KafkaBackLink } from './requests/back-link.ts'

export interface KafkaTransportOptions {
  /** host:port of the cluster that requests travel over. */
  readonly requestBrokers: readonly string[]
  /** Of the cluster that replies travel over; the same one where left out. */
  readonly replyBrokers?: readonly string[]
  /** Side of the links, so that an error can name the flag; left out, it names hosts alone. */
  readonly side?: 'back' | 'front' | undefined
  /** The process's name at the brokers. */
  readonly clientId: string
  /** As options of node:tls; true takes the system's authorities. */
  readonly ssl?: boolean | ConnectionOptions
  readonly sasl?: SaslLogin
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
  /** What is done is committed so often at most, milliseconds; default 1000. */
  readonly commitIntervalMs?: number
  readonly log: Logger
  readonly metrics: Metrics
}

const joinTimeoutMs = 60_000
const defaultStartMs = 10_000

/** Connects nothing yet: links do when they are opened. */
export function createKafkaTransport(options: KafkaTransportOptions): Transport {
  const { log, metrics } = options
  const { startTimeoutMs = defaultStartMs, awaitTopics = false } = options
  const startMs = startTimeoutMs === 0 ? Infinity : startTimeoutMs
  metrics.announce(['brokerRequests'], { api: brokerApis })
  const { requests, replies } = clustersOf(options, (api, ms) =>
    metrics.brokerRequests.observe({ api }, ms / 1000),
  )
  const context: LinkContext = {
    requests,
    replies,
    policy: {
      partitions: options.partitions ?? 8,
      replication: options.replication,
      createTopics: options.createTopics ?? true,
      awaitTopics,
    },
    groupBytes,
    sessionTimeoutMs: options.sessionTimeoutMs ?? 10_000,
    commitIntervalMs: options.commitIntervalMs ?? 1000,
    joinTimeoutMs: Math.max(joinTimeoutMs, startMs),
    log,
    metrics,
  }
  return {
    system: 'kafka',
    backLink: (link) => new KafkaBackLink(context, link),
    frontLink: (link) => new KafkaFrontLink(context, link),
    viewFront: (topics) => viewFront({ requests, replies }, topics),
    async close() {
      await Promise.all([...new Set([requests, replies])].map((cluster) => cluster.close()))
    },
  }
}

/** The clusters of a transport's two ends, which are often one. Connects nothing yet. */
export function clustersOf(
  options: Omit<KafkaTransportOptions, 'metrics'>,
  onAnswer?: OnAnswer,
): { readonly requests: KafkaCluster; readonly replies: KafkaCluster } {
  const { requestBrokers, replyBrokers = requestBrokers, clientId, log } = options
  const clusterOf = (brokers: readonly string[], flag: string) =>
    new KafkaCluster({
      place: { hosts: brokers.join(','), flag },
      login: { brokers, clientId, ssl: options.ssl, sasl: options.sasl, log },
      createClient: (login, onClosed) => createKafkaJsClient(login, onClosed, onAnswer),
      viewCluster,
      startTimeoutMs: options.startTimeoutMs ?? defaultStartMs,
      log,
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
