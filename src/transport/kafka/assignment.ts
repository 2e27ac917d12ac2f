// One assignment of a request group: the partitions this process reads until the next join, how far
// each was handed over and done. At a join all of it is dropped and a new one begins.
import type { Admin, EachBatchPayload } from 'kafkajs'
import { CommitTracker } from './commit-tracker.ts'

export interface PartitionOffset {
  readonly partition: number
  readonly offset: bigint
}

/** Sends offsets within the generation of this assignment; a later generation's broker refuses. */
export type CommitOffsets = EachBatchPayload['commitOffsetsIfNecessary']

export class Assignment {
  readonly topic: string
  readonly partitions: readonly number[]
  /**
   * Of the group's member in this generation; known from its first batch on, and nothing needs to be
   * committed before. kafkajs's `consumer.commitOffsets` is not used: it tries again after a rebalance,
   * then in a new generation, and rewinds a partition that has another owner.
   */
  commit: CommitOffsets | undefined
  readonly #trackers = new Map<number, CommitTracker>()
  /** Gaps that were looked into already. */
  readonly #soughtTo = new Map<number, bigint>()
  #isPositioned = false

  constructor(topic: string, partitions: readonly number[]) {
    this.topic = topic
    this.partitions = partitions
  }

  /** Whether it knows what the group has committed; nothing is handed over before. */
  get isPositioned(): boolean {
    return this.#isPositioned
  }

  /**
   * Reads what the group has committed; where it has nothing, its first request is the oldest there
   * is. @throws what kafkajs throws.
   */
  async position(admin: Admin, groupId: string): Promise<void> {
    const committed = await admin.fetchOffsets({ groupId, topics: [this.topic] })
    const base = new Map(
      committed[0]?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]),
    )
    const isNew = this.partitions.some((partition) => (base.get(partition) ?? -1n) < 0n)
    const ends = isNew ? await admin.fetchTopicOffsets(this.topic) : []
    for (const partition of this.partitions) {
      const low = BigInt(ends.find((end) => end.partition === partition)?.low ?? 0)
      const offset = base.get(partition) ?? -1n
      this.#trackers.set(partition, new CommitTracker(offset < 0n ? low : offset))
    }
    this.#isPositioned = true
  }

  /** Undefined for a partition of others, and before it is positioned. */
  tracker(partition: number): CommitTracker | undefined {
    return this.#trackers.get(partition)
  }

  /**
   * Whether a batch that was fetched from `fetchedOffset` carries on where the last one ended. A batch
   * fetched in an older assignment does not, and would leave a gap that is never read again: then the
   * consumer is to seek back to `tracker.next`. Where that has been done, the gap is a real one
   * (records that were removed), and is stepped over.
   */
  carriesOn(partition: number, tracker: CommitTracker, fetchedOffset: bigint): boolean {
    if (fetchedOffset <= tracker.next) return true
    if (this.#soughtTo.get(partition) === tracker.next) {
      tracker.skipTo(fetchedOffset)
      return true
    }
    this.#soughtTo.set(partition, tracker.next)
    return false
  }

  /** What is done and not yet committed. */
  committable(): readonly PartitionOffset[] {
    return [...this.#trackers].flatMap(([partition, tracker]) =>
      tracker.committable > tracker.committed ? [{ partition, offset: tracker.committable }] : [],
    )
  }

  acknowledge(offsets: readonly PartitionOffset[]): void {
    for (const { partition, offset } of offsets) this.#trackers.get(partition)?.acknowledge(offset)
  }
}
