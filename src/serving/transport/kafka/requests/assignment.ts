// One assignment of a request group: the partitions this process reads until the next join, how far
// each was handed over and done. At a join all of it is dropped and a new one begins.
import type { PartitionEnds } from '../port.ts'
import { CommitTracker } from './commit-tracker.ts'

export interface PartitionOffset {
  readonly partition: number
  readonly offset: bigint
}

export class Assignment {
  readonly partitions: readonly number[]
  readonly #trackers = new Map<number, CommitTracker>()

  constructor(partitions: readonly number[]) {
    this.partitions = partitions
  }

  /** Whether it knows what the group has committed; nothing is handed over before. */
  get isPositioned(): boolean {
    return this.partitions.every((partition) => this.#trackers.has(partition))
  }

  /** Undefined for a partition of others, and before it is positioned. */
  tracker(partition: number): CommitTracker | undefined {
    return this.#trackers.get(partition)
  }

  /** Begins at this offset; what was handed over before is no longer counted. */
  place(partition: number, offset: bigint): void {
    this.#trackers.set(partition, new CommitTracker(offset))
  }

  /** Where each partition is to be read from. */
  get places(): ReadonlyMap<number, bigint> {
    return new Map([...this.#trackers].map(([partition, { next }]) => [partition, next]))
  }

  /** What is done and not yet committed. */
  committable(): readonly PartitionOffset[] {
    return [...this.#trackers].flatMap(([partition, tracker]) =>
      tracker.committable > tracker.committed ? [{ partition, offset: tracker.committable }] : [],
    )
  }

  acknowledge(offsets: readonly PartitionOffset[]): void {
    for (const { partition, offset } of offsets) {
      const tracker = this.#trackers.get(partition)
      // One that was placed anew meanwhile has not come so far: it commits its own, which may be less.
      if (tracker !== undefined && offset <= tracker.committable) tracker.acknowledge(offset)
    }
  }
}

/**
 * Where a partition is to be read from, by what the group has committed. A new group starts with the
 * oldest record there is; so does one whose committed offset lies behind the end: the topic was made anew
 * or cut (`isLost`), and what is there now was never read.
 */
export function startOf(
  committed: bigint | undefined,
  { low, high }: PartitionEnds,
): { readonly offset: bigint; readonly isLost: boolean } {
  if (committed === undefined) return { offset: low, isLost: false }
  if (committed > high) return { offset: low, isLost: true }
  return { offset: committed < low ? low : committed, isLost: false }
}
