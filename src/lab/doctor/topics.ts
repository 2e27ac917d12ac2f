// Checks of a link's topics: there, large enough for what the models send, and well. Limits and missing
// topics are judged by the code that a start runs.
import type { KafkaCluster } from '../../serving/transport/kafka/cluster/kafka-cluster.ts'
import {
  lookAtTopic,
  presentTopics,
  type TopicFacts,
} from '../../serving/transport/kafka/inspect/topics-and-groups.ts'
import { nearestTopic } from '../../serving/transport/kafka/nearest-topic.ts'
import {
  checkSizes,
  ensureTopics,
  packingOf,
  type TopicPolicy,
} from '../../serving/transport/kafka/topics.ts'
import { createWarningLog } from '../../telemetry/log.ts'
import { TransportError } from '../../errors.ts'
import { createAsk } from './ask.ts'
import type { Verdict } from './check.ts'
import type { Checked, CheckName, Examination } from './examination.ts'

export interface ExaminedTopic {
  readonly name: CheckName
  readonly topic: string
  /** The link's other topic, which is not what was meant. */
  readonly partner?: string
  /** Largest value that goes into it, bytes; undefined where no model tells. */
  readonly maxValueBytes: number | undefined
  readonly policy: TopicPolicy
  readonly brokers: number
  /** A run does without it, worse: its absence is a warning. */
  readonly isOptional?: boolean
  /** What is lost without it, for `isOptional`. */
  readonly withoutIt?: string
}

/** Facts of a topic; null where it is missing and a run would make it. */
export async function checkTopic(
  exam: Examination,
  cluster: KafkaCluster,
  examined: ExaminedTopic,
  needs: readonly Checked<unknown>[],
): Promise<Checked<TopicFacts | null>> {
  return exam.check(examined.name, (signal) => lookAt(cluster, examined, signal), { needs })
}

async function lookAt(
  cluster: KafkaCluster,
  examined: ExaminedTopic,
  signal: AbortSignal,
): Promise<Verdict<TopicFacts | null>> {
  const { topic } = examined
  const ask = createAsk(cluster, `topic '${topic}'`, signal)
  const present = await ask(presentTopics)
  if (!present.has(topic)) return missing(cluster, examined, nearOf(examined, present), ask)
  const facts = await ask((admin) => lookAtTopic(admin, topic))
  const { maxValueBytes } = examined
  const warnings: string[] = []
  if (maxValueBytes !== undefined) {
    const log = createWarningLog((message) => warnings.push(message))
    await ask((admin) => checkSizes(admin, [{ topic, maxValueBytes }], cluster.place, log))
  }
  assertHealthy(topic, facts)
  warnings.push(...warningsOf(cluster, examined, facts))
  return {
    status: warnings.length > 0 ? 'warning' : 'ok',
    found: describe(examined, facts),
    advice: warnings,
    facts: { topic, maxValueBytes, ...facts },
    value: facts,
  }
}

function nearOf({ topic, partner }: ExaminedTopic, present: ReadonlySet<string>) {
  return nearestTopic(
    topic,
    [...present].filter((name) => name !== partner),
  )
}

async function missing(
  cluster: KafkaCluster,
  { topic, partner, maxValueBytes = 0, policy, brokers, isOptional, withoutIt }: ExaminedTopic,
  near: string | undefined,
  ask: ReturnType<typeof createAsk>,
): Promise<Verdict<null>> {
  const facts = { topic, isMissing: true, near }
  if (policy.createTopics) {
    const copies = policy.replication ?? Math.min(3, brokers)
    const when = isOptional === true ? 'when it is needed' : 'by the start'
    return {
      status: near === undefined ? 'ok' : 'warning',
      found: `'${topic}' is not there yet: made ${when}, with ${policy.partitions} partitions of ${copies} copies`,
      advice: near === undefined ? [] : `Did you mean '${near}', which is there?`,
      facts,
      value: null,
    }
  }
  try {
    await ask((admin) =>
      ensureTopics(
        admin,
        [{ topic, maxValueBytes, ...(partner === undefined ? {} : { partner }) }],
        policy,
        cluster.place,
      ),
    )
  } catch (thrown) {
    if (isOptional !== true || !(thrown instanceof TransportError)) throw thrown
    return {
      status: 'warning',
      found: `'${topic}' is missing: ${withoutIt}`,
      advice: thrown.hint ?? [],
      facts,
      value: null,
    }
  }
  return { found: `'${topic}' was made just now`, facts, value: null }
}

/** What would make sends fail, or hang. */
function assertHealthy(topic: string, facts: TopicFacts): void {
  const { leaderless, belowMinimum, config } = facts
  if (leaderless.length > 0) {
    throw new TransportError(
      'DDNN_TRANSPORT_UNREACHABLE',
      `Expected every partition of '${topic}' to have a leader, got none for ${leaderless.join(', ')}`,
      { hint: 'Start the brokers that hold its copies' },
    )
  }
  if (belowMinimum.length > 0) {
    throw new TransportError(
      'DDNN_TRANSPORT_UNREACHABLE',
      `Expected ${config?.minInSync} copies in sync of every partition of '${topic}', got fewer for ${belowMinimum.join(', ')}: writes to them fail`,
      { hint: 'Start the brokers that are down, or lower its min.insync.replicas' },
    )
  }
  if (config?.cleanup.includes('compact') === true) {
    throw new TransportError(
      'DDNN_TRANSPORT_REFUSED',
      `Expected '${topic}' to keep records without keys, got cleanup.policy ${config.cleanup}, which refuses them`,
      { hint: `Set cleanup.policy=delete for '${topic}'` },
    )
  }
}

function warningsOf(
  cluster: KafkaCluster,
  { topic, brokers }: ExaminedTopic,
  { underReplicated, replication, config }: TopicFacts,
): readonly string[] {
  const alter = (setting: string) =>
    `Run kafka-configs --bootstrap-server ${cluster.place.hosts} --alter --entity-type topics --entity-name ${topic} --add-config ${setting}`
  const warnings: string[] = []
  if (underReplicated.length > 0) {
    warnings.push(
      `Copies of partitions ${underReplicated.join(', ')} are not in sync: look whether brokers are down`,
    )
  }
  if (replication === 1 && brokers > 1) {
    warnings.push(
      `One copy among ${brokers} brokers: with the broker that has it, requests are lost. Make the topic with --replication-factor ${Math.min(3, brokers)}`,
    )
  }
  if (config !== undefined && config.timestampType !== 'LogAppendTime') {
    warnings.push(
      `The age of requests is not known, so that stale ones are worked on. ${alter('message.timestamp.type=LogAppendTime')}`,
    )
  }
  const packing = packingOf(config?.compression)
  if (packing !== undefined) {
    warnings.push(
      `The broker packs every record (compression.type ${packing}) and each reader unpacks it, which costs CPU at both. ${alter('compression.type=producer')}`,
    )
  }
  return warnings
}

function describe({ topic, maxValueBytes }: ExaminedTopic, facts: TopicFacts): string {
  const { partitions, replication, config, underReplicated } = facts
  const sync = underReplicated.length === 0 ? 'all in sync' : 'not all in sync'
  const size =
    config === undefined
      ? 'settings may not be read'
      : `records up to ${config.maxMessageBytes} bytes`
  const need = maxValueBytes === undefined ? 'needs not known' : `largest sent ${maxValueBytes}`
  const time = config === undefined ? '' : `, ${config.timestampType}`
  const packing = config === undefined ? '' : `, compression ${config.compression}`
  return `'${topic}': ${partitions} partitions of ${replication} copies, ${sync}; ${size} (${need})${time}${packing}`
}
