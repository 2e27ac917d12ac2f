// The ends of partitions, asked of whoever leads each.
import type { Channel, PartitionEnds } from '../port.ts'
import type { TopicMap } from './topic-map.ts'

/** Rejects where one of the partitions has no leader, or a broker does not answer. */
export async function endsOf(
  { channel, topics }: { readonly channel: Channel; readonly topics: TopicMap },
  topic: string,
  partitions: readonly number[],
): Promise<readonly PartitionEnds[]> {
  const byNode = new Map<number, number[]>()
  for (const partition of partitions) {
    const node = topics.leader(topic, partition)
    if (node === undefined) throw new Error(`partition ${partition} of '${topic}' has no leader`)
    byNode.set(node, [...(byNode.get(node) ?? []), partition])
  }
  const ends = await Promise.all(
    [...byNode].map(([node, ofNode]) => channel.ends(node, topic, ofNode)),
  )
  return ends.flat()
}
