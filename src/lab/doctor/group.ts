// The check of a tier's consumer group: who is in it, what waits, and whether its members can all work.
// Asked from outside: nothing joins, nothing is committed.
import type { KafkaCluster } from '../../serving/transport/kafka/cluster/kafka-cluster.ts'
import {
  lagOf,
  lookAtGroup,
  type TopicFacts,
} from '../../serving/transport/kafka/inspect/topics-and-groups.ts'
import { createAsk } from './ask.ts'
import type { Verdict } from './check.ts'

export async function checkGroup(
  cluster: KafkaCluster,
  groupId: string,
  topic: string,
  facts: TopicFacts | null,
  signal: AbortSignal,
): Promise<Verdict<true>> {
  const ask = createAsk(cluster, `group '${groupId}'`, signal)
  const group = await ask((admin) => lookAtGroup(admin, groupId))
  const lag = facts === null ? undefined : await ask((admin) => lagOf(admin, groupId, topic))
  const waiting = lag?.waiting ?? 0
  const { members, state } = group
  const partitions = facts?.partitions ?? 0
  const advice: string[] = []
  if (members.length > partitions && partitions > 0) {
    advice.push(
      `${members.length - partitions} members have no partition: run at most ${partitions} replicas, or run kafka-topics --bootstrap-server ${cluster.place.hosts} --alter --topic ${topic} --partitions ${members.length}`,
    )
  }
  const others = new Set(members.flatMap(({ reads }) => Object.keys(reads)))
  others.delete(topic)
  if (others.size > 0) {
    advice.push(
      `The group also reads ${[...others].map((one) => `'${one}'`).join(', ')}: give each tier a --group-id of its own`,
    )
  }
  if (members.length === 0 && waiting > 0) {
    advice.push(`${waiting} requests wait and nobody reads them: start the tier`)
  }
  const isNew = state === 'Dead'
  const found = isNew
    ? `'${groupId}' is not there yet: no tier has joined it`
    : `'${groupId}' is ${state}, ${members.length} members, ${waiting} requests wait`
  return {
    status: advice.length > 0 ? 'warning' : 'ok',
    found,
    advice,
    facts: { group: groupId, state, members, waiting },
    value: true,
  }
}
