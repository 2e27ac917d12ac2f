// Shares the partitions of each topic among the members of a group that read it. kafkajs' own assigner
// hands the leader's topics to every member, whatever they read: of two deployments of one name on one
// cluster, each with its own topics, the first lost half its requests and the second got none (measured).
import kafkajs, { type Assignment, type Cluster, type PartitionAssigner } from 'kafkajs'

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol
const name = 'ddnn-shared'
const version = 1
const userData = Buffer.alloc(0)

/** Round robin within each topic, in the order of member ids. */
export const sharedAssigner: PartitionAssigner = ({ cluster }) => ({
  name,
  version,
  assign: async ({ members, topics: own }) => {
    const assignments = new Map<string, Assignment>()
    const readers = new Map<string, string[]>()
    for (const { memberId, memberMetadata } of members) {
      assignments.set(memberId, {})
      for (const topic of MemberMetadata.decode(memberMetadata)?.topics ?? []) {
        readers.set(topic, [...(readers.get(topic) ?? []), memberId])
      }
    }
    const partitionsOf = await partitionLookup(cluster, own, [...readers.keys()])
    for (const [topic, memberIds] of readers) {
      const shares = memberIds.sort().map(() => [] as number[])
      for (const [i, partition] of partitionsOf(topic).entries()) {
        shares[i % shares.length]?.push(partition)
      }
      for (const [i, memberId] of memberIds.entries()) {
        const share = shares[i] ?? []
        const assignment = assignments.get(memberId)
        if (assignment !== undefined && share.length > 0) assignment[topic] = share
      }
    }
    return [...assignments].map(([memberId, assignment]) => ({
      memberId,
      memberAssignment: MemberAssignment.encode({ version, assignment, userData }),
    }))
  },
  protocol: ({ topics }) => ({
    name,
    metadata: MemberMetadata.encode({ version, topics, userData }),
  }),
})

/**
 * Partitions by topic. Own topics are known to this client. Those of other members are looked up on
 * the side: added to this client's own, one that is deleted later would fail all its look-ups.
 */
async function partitionLookup(
  cluster: Cluster,
  own: readonly string[],
  all: readonly string[],
): Promise<(topic: string) => readonly number[]> {
  const others = all.some((topic) => !own.includes(topic))
    ? (await cluster.metadata()).topicMetadata
    : []
  return (topic) => {
    const found = own.includes(topic)
      ? cluster.findTopicPartitionMetadata(topic)
      : (others.find((other) => other.topic === topic)?.partitionMetadata ?? [])
    return found.map(({ partitionId }) => partitionId).sort((a, b) => a - b)
  }
}
