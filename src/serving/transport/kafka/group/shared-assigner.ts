// Shares the partitions of each topic among the members of a group that read it, round robin in the order
// of member ids. Kafka's own round robin hands the leader's topics to every member, whatever they read: of
// two deployments of one name on one cluster, each with its own topics, the first lost half its requests
// and the second got none (measured).

/** Its name in the protocol of the group; every member must know it. */
export const sharedAssigner = 'ddnn-shared'

export interface Subscriber {
  readonly memberId: string
  readonly topics: readonly string[]
}

/** Partitions by topic, for each member. */
export function shareOut(
  members: readonly Subscriber[],
  partitionsOf: (topic: string) => readonly number[],
): ReadonlyMap<string, Readonly<Record<string, readonly number[]>>> {
  const shares = new Map<string, Record<string, number[]>>()
  for (const { memberId } of members) shares.set(memberId, {})
  for (const topic of new Set(members.flatMap(({ topics }) => topics))) {
    const readers = members
      .filter(({ topics }) => topics.includes(topic))
      .map(({ memberId }) => memberId)
      .sort()
    const partitions = [...partitionsOf(topic)].sort((a, b) => a - b)
    for (const [index, partition] of partitions.entries()) {
      const share = shares.get(readers[index % readers.length] ?? '')
      if (share !== undefined) share[topic] = [...(share[topic] ?? []), partition]
    }
  }
  return shares
}
