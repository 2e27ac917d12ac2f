// What brokers tell of topics and groups to who only asks: nothing is made, joined or committed. For
// `ddnn doctor`.
import type { Admin, GroupView } from '../port.ts'

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

interface TopicConfig {
  readonly maxMessageBytes: number
  /** 'LogAppendTime' or 'CreateTime'. */
  readonly timestampType: string
  readonly minInSync: number
  /** 'delete', 'compact' or both. */
  readonly cleanup: string
  /** -1 keeps for ever. */
  readonly retentionMs: number
  /** 'producer' leaves records as they come; else the broker packs them so. */
  readonly compression: string
}

/** Names of those that are there, as far as they may be seen. */
export async function presentTopics(admin: Admin): Promise<ReadonlySet<string>> {
  return new Set(await admin.topicNames())
}

/** The topic must be there: asked for another, a broker may make it. */
export async function lookAtTopic(admin: Admin, topic: string): Promise<TopicFacts> {
  const config = await readConfig(admin, topic)
  const { partitions } = await admin.topic(topic)
  const idsOf = (found: typeof partitions) => found.map(({ partition }) => partition).sort()
  return {
    partitions: partitions.length,
    replication: Math.min(...partitions.map(({ replicas }) => replicas.length)),
    underReplicated: idsOf(
      partitions.filter(({ inSync, replicas }) => inSync.length < replicas.length),
    ),
    belowMinimum: idsOf(
      partitions.filter(({ inSync }) => inSync.length < (config?.minInSync ?? 1)),
    ),
    leaderless: idsOf(partitions.filter(({ leader }) => leader < 0)),
    config,
  }
}

async function readConfig(admin: Admin, name: string): Promise<TopicConfig | undefined> {
  try {
    const entries = await admin.topicConfig(name)
    return {
      maxMessageBytes: Number(entries.get('max.message.bytes')),
      timestampType: entries.get('message.timestamp.type') ?? '',
      minInSync: Number(entries.get('min.insync.replicas') ?? 1),
      cleanup: entries.get('cleanup.policy') ?? '',
      retentionMs: Number(entries.get('retention.ms')),
      compression: entries.get('compression.type') ?? '',
    }
  } catch {
    // Not everyone may look at configurations.
    return undefined
  }
}

export async function lookAtGroup(admin: Admin, groupId: string): Promise<GroupView> {
  const [group] = await admin.groups([groupId])
  return group ?? { state: 'Dead', groupId, members: [] }
}

/** Consumer groups with members that read this topic, as far as groups may be seen. */
export async function readersOf(admin: Admin, topic: string): Promise<readonly GroupView[]> {
  const groups = await admin.groups(await admin.groupIds())
  return groups
    .map((group) => ({
      ...group,
      members: group.members.filter(({ reads }) => (reads[topic] ?? []).length > 0),
    }))
    .filter(({ members }) => members.length > 0)
}

interface Lag {
  /** Records that no member has committed, or that stand in the topic where nothing was committed. */
  readonly waiting: number
  /** Whether the group has ever committed. */
  readonly hasCommitted: boolean
}

/** How many requests of a topic its group has yet to do. */
export async function lagOf(admin: Admin, groupId: string, topic: string): Promise<Lag> {
  const ends = await admin.ends(topic)
  const offsets = await admin.committed(groupId, topic)
  let waiting = 0n
  for (const { partition, high, low } of ends) {
    const done = offsets.get(partition) ?? -1n
    const from = done < low ? low : done
    if (high > from) waiting += high - from
  }
  return { waiting: Number(waiting), hasCommitted: offsets.size > 0 }
}
