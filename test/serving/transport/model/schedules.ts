// Runs seeded schedules against the model, many at a time: they wait far more than they work.
import { fc } from '../../../helpers/property.ts'
import type { Api, Fault } from './model-faults.ts'
import { nodes, type ModelCluster } from './model-cluster.ts'

/** Runs `scenario` with `runs` values next to each other; rejects with the schedules that failed. */
export async function runSchedules<T>(
  schedules: fc.Arbitrary<T>,
  { seed, runs }: { readonly seed: number; readonly runs: number },
  scenario: (schedule: T) => Promise<void>,
): Promise<void> {
  const sample = fc.sample(schedules, { seed, numRuns: runs })
  const results = await Promise.allSettled(sample.map((schedule) => scenario(schedule)))
  const failed = results.flatMap((result, index) =>
    result.status === 'rejected' ? [{ reason: result.reason as unknown, index }] : [],
  )
  if (failed.length === 0) return
  const [first] = failed
  const schedule = JSON.stringify(sample[first?.index ?? 0])
  const all = failed.map(({ index, reason }) => `${index}: ${String(reason)}`).join('\n')
  throw new Error(`${failed.length} of ${runs} failed:\n${all}\nthe first with ${schedule}`, {
    cause: first?.reason,
  })
}

export function faultsOf(
  apis: readonly Api[],
  kinds: readonly Fault['kind'][],
  most = 6,
): fc.Arbitrary<readonly Fault[]> {
  return fc.array(
    fc.record({
      api: fc.constantFrom(...apis),
      nth: fc.nat({ max: 12 }),
      kind: fc.constantFrom(...kinds),
    }),
    { maxLength: most },
  )
}

const remakeMs = 400

/** What befalls the cluster at a time of the schedule. */
export interface ModelEvent {
  readonly atMs: number
  readonly kind:
    'move' | 'leaderless' | 'freeze' | 'remake' | 'delete' | 'grow' | 'forget' | 'coordinate'
  readonly node: number
  readonly partition: number
}

export function eventsOf(
  kinds: readonly ModelEvent['kind'][],
  { most = 4, lastMs = 400 } = {},
): fc.Arbitrary<readonly ModelEvent[]> {
  return fc.array(
    fc.record({
      atMs: fc.nat({ max: lastMs }),
      kind: fc.constantFrom(...kinds),
      node: fc.constantFrom(...nodes),
      partition: fc.nat({ max: 3 }),
    }),
    { maxLength: most },
  )
}

/** Does it now, to this topic. A frozen node loses its partitions and its groups soon, as in Kafka. */
export function befall(cluster: ModelCluster, topic: string, event: ModelEvent): void {
  const { kind, node, partition } = event
  const next = (node % nodes.length) + 1
  const partitions = () => {
    try {
      return cluster.topic(topic).partitions
    } catch {
      return []
    }
  }
  if (kind === 'move') cluster.moveLeader(topic, partition, node)
  else if (kind === 'leaderless') cluster.moveLeader(topic, partition, -1)
  else if (kind === 'remake') {
    // There is a time between, and who asks for it then is told so.
    cluster.delete(topic)
    setTimeout(() => cluster.make(topic, partition + 1), remakeMs)
  } else if (kind === 'delete') cluster.delete(topic)
  else if (kind === 'grow' && partitions().length > 0) cluster.addPartitions(topic, 1)
  else if (kind === 'coordinate') cluster.coordinator = node
  else if (kind === 'forget') {
    for (const group of cluster.groups.values()) group.forgetMembers()
  } else if (kind === 'freeze') {
    cluster.freeze(node)
    setTimeout(() => {
      for (const one of partitions()) {
        if (one.leader === node) cluster.moveLeader(topic, one.partition, next)
      }
      if (cluster.coordinator === node) cluster.coordinator = next
    }, 100)
    setTimeout(() => cluster.thaw(node), 2500)
  }
}

/** Ends all faults: every broker answers, and every partition has a leader. */
export function heal(cluster: ModelCluster, topic: string, partitions: number): void {
  cluster.faults.end()
  for (const node of nodes) cluster.thaw(node)
  try {
    cluster.topic(topic)
  } catch {
    cluster.make(topic, partitions)
  }
  for (const one of cluster.topic(topic).partitions) {
    if (one.leader < 0) cluster.moveLeader(topic, one.partition, nodes[0])
  }
}
