// What brokers tell of topics and groups to who only asks: nothing is made, joined or committed. For
// `ddnn doctor`.
import kafkajs, { type Admin } from 'kafkajs'

export interface TopicFacts {
  readonly partitions: number
  /** Copies of the partition that has the fewest. */
  readonly replication: number
  /** Partitions with fewer copies in sync than copies. */
  readonly underReplicated: readonly number[]
  /** Partitions with fewer copies in sync than a write needs: writes to them fail. */
  readonly belowMinimum: readonly number[]
  readonly leaderless: readonly number[]
  /** Undefined where configurations may not be read. */
  readonly config: TopicConfig | undefined
}

export interface TopicConfig {
  readonly maxMessageBytes: number
  /** 'LogAppendTime' or 'CreateTime'. */
  readonly timestampType: string
  readonly minInSync: number
  /** 'delete', 'compact' or both. */
  readonly cleanup: string
  /** -1 keeps for ever. */
  readonly retentionMs: number
}

/** Names of those that are there, as far as they may be seen. */
export async function presentTopics(admin: Admin): Promise<ReadonlySet<string>> {
  return new Set(await admin.listTopics())
}

/** The topic must be there: asked for another, a broker may make it. */
export async function lookAtTopic(admin: Admin, topic: string): Promise<TopicFacts> {
  const config = await readConfig(admin, topic)
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  const partitions = topics[0]?.partitions ?? []
  const idsOf = (found: typeof partitions) => found.map(({ partitionId }) => partitionId).sort()
  return {
    partitions: partitions.length,
    replication: Math.min(...partitions.map(({ replicas }) => replicas.length)),
    underReplicated: idsOf(partitions.filter(({ isr, replicas }) => isr.length < replicas.length)),
    belowMinimum: idsOf(partitions.filter(({ isr }) => isr.length < (config?.minInSync ?? 1))),
    leaderless: idsOf(partitions.filter(({ leader }) => leader < 0)),
    config,
  }
}

async function readConfig(admin: Admin, name: string): Promise<TopicConfig | undefined> {
  const type = kafkajs.ConfigResourceTypes.TOPIC
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type, name }],
    })
    const entries = new Map(
      resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]),
    )
    return {
      maxMessageBytes: Number(entries.get('max.message.bytes')),
      timestampType: entries.get('message.timestamp.type') ?? '',
      minInSync: Number(entries.get('min.insync.replicas') ?? 1),
      cleanup: entries.get('cleanup.policy') ?? '',
      retentionMs: Number(entries.get('retention.ms')),
    }
  } catch {
    // Not everyone may look at configurations.
    return undefined
  }
}

export interface GroupFacts {
  /** Kafka's own word: Stable, Empty, PreparingRebalance, Dead (there is no such group). */
  readonly state: string
  readonly members: readonly GroupMember[]
}

export interface GroupMember {
  readonly clientId: string
  readonly host: string
  /** Partitions that it reads, by topic. */
  readonly reads: Readonly<Record<string, readonly number[]>>
}

export async function lookAtGroup(admin: Admin, groupId: string): Promise<GroupFacts> {
  const { groups } = await admin.describeGroups([groupId])
  const [group] = groups
  return { state: group?.state ?? 'Dead', members: (group?.members ?? []).map(memberOf) }
}

function memberOf(
  member: Awaited<ReturnType<Admin['describeGroups']>>['groups'][number]['members'][number],
): GroupMember {
  return {
    clientId: member.clientId,
    host: member.clientHost.replace(/^\//, ''),
    reads: assignmentOf(member.memberAssignment),
  }
}

/** Empty while the group shares its partitions out. */
function assignmentOf(bytes: Buffer): GroupMember['reads'] {
  if (bytes.length === 0) return {}
  return kafkajs.AssignerProtocol.MemberAssignment.decode(bytes)?.assignment ?? {}
}

/** Consumer groups with members that read this topic, as far as groups may be seen. */
export async function readersOf(
  admin: Admin,
  topic: string,
): Promise<readonly { readonly groupId: string; readonly members: readonly GroupMember[] }[]> {
  const listed = (await admin.listGroups()).groups
  const ids = listed
    .filter(({ protocolType }) => protocolType === 'consumer')
    .map(({ groupId }) => groupId)
  if (ids.length === 0) return []
  const { groups } = await admin.describeGroups(ids)
  return groups
    .map(({ groupId, members }) => ({
      groupId,
      members: members.map(memberOf).filter(({ reads }) => (reads[topic] ?? []).length > 0),
    }))
    .filter(({ members }) => members.length > 0)
}

export interface Lag {
  /** Records that no member has committed, or that stand in the topic where nothing was committed. */
  readonly waiting: number
  /** Whether the group has ever committed. */
  readonly hasCommitted: boolean
}

/** How many requests of a topic its group has yet to do. */
export async function lagOf(admin: Admin, groupId: string, topic: string): Promise<Lag> {
  const ends = await admin.fetchTopicOffsets(topic)
  const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] })
  const offsets = new Map(committed?.partitions.map((one) => [one.partition, BigInt(one.offset)]))
  let waiting = 0n
  for (const { partition, high, low } of ends) {
    const done = offsets.get(partition) ?? -1n
    const from = done < BigInt(low) ? BigInt(low) : done
    if (BigInt(high) > from) waiting += BigInt(high) - from
  }
  return { waiting: Number(waiting), hasCommitted: [...offsets.values()].some((one) => one >= 0n) }
}
