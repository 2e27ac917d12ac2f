// The requests this process works on, over all assignments: a record that the group hands out again
// while its first copy runs here, or is done here and not yet committed, is not worked on twice.

export interface Work {
  readonly partition: number
  readonly offset: bigint
  /** Tells a record from one at the same place of a topic that was made anew. */
  readonly timestampMs: number
  isDone: boolean
}

export class WorkLedger {
  readonly #works = new Map<string, Work>()
  #underWay = 0

  /** Works that are not done. */
  get underWay(): number {
    return this.#underWay
  }

  /** The work on this very record, under way or done. */
  find(partition: number, offset: bigint, timestampMs: number): Work | undefined {
    const work = this.#works.get(keyOf(partition, offset))
    return work?.timestampMs === timestampMs ? work : undefined
  }

  begin(partition: number, offset: bigint, timestampMs: number): Work {
    const work = { partition, offset, timestampMs, isDone: false }
    this.#works.set(keyOf(partition, offset), work)
    this.#underWay++
    return work
  }

  /** A work that ended undone is forgotten: the next copy of its record is worked on. */
  end(work: Work, isDone: boolean): void {
    work.isDone = isDone
    this.#underWay--
    if (!isDone) this.#forget(work)
  }

  /** Forgets what is done in partitions of others: they commit it, or do it again. */
  keepOnly(partitions: readonly number[]): void {
    for (const work of this.#works.values()) {
      if (work.isDone && !partitions.includes(work.partition)) this.#forget(work)
    }
  }

  /** Forgets what is done and under way of a partition whose records are others now. */
  forget(partition: number): void {
    for (const work of this.#works.values()) {
      if (work.partition === partition) this.#forget(work)
    }
  }

  /** Forgets what is done and committed: it is not handed out again. */
  committed(partition: number, offset: bigint): void {
    for (const work of this.#works.values()) {
      if (work.isDone && work.partition === partition && work.offset < offset) this.#forget(work)
    }
  }

  #forget(work: Work): void {
    const key = keyOf(work.partition, work.offset)
    if (this.#works.get(key) === work) this.#works.delete(key)
  }
}

function keyOf(partition: number, offset: bigint): string {
  return `${partition}:${offset}`
}
