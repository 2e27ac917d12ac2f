// How many requests wait in the partitions that this process reads, read beside the health checks.
import type { BackLinkOptions } from '../../transport.ts'
import { endsOf } from '../cluster/ends.ts'
import type { LinkContext } from '../link-context.ts'
import type { Assignment } from './assignment.ts'

export interface LagGauge {
  start(): void
  /** Partitions of others are theirs to tell of. */
  keepOnly(partitions: readonly number[]): void
  stop(): void
}

/** The gauge `ddnn_consumer_lag` of one group. Requests under way count as waiting. */
export function createLagGauge(
  context: LinkContext,
  options: BackLinkOptions,
  current: () => Assignment | undefined,
): LagGauge {
  const { requestTopic: topic, groupId: group } = options
  const { requests, metrics } = context
  const shown = new Set<number>()
  let unfollow = () => {}

  const read = async () => {
    const assignment = current()
    if (assignment?.isPositioned !== true) return
    const ends = await endsOf(requests, topic, assignment.partitions)
    if (assignment !== current()) return
    for (const { partition, high } of ends) {
      const tracker = assignment.tracker(partition)
      if (tracker === undefined) continue
      shown.add(partition)
      const waiting = Number(high - tracker.committable)
      metrics.lag.set({ group, topic, partition: String(partition) }, Math.max(0, waiting))
    }
  }

  const keepOnly = (partitions: readonly number[]) => {
    for (const partition of shown) {
      if (partitions.includes(partition)) continue
      shown.delete(partition)
      metrics.lag.remove({ group, topic, partition: String(partition) })
    }
  }

  return {
    start: () => void (unfollow = requests.watch.follow(read)),
    keepOnly,
    stop() {
      unfollow()
      keepOnly([])
    },
  }
}
