// Which requests of one partition are done, in one assignment of the group. Requests end in any
// order; committed is only what has no gap before it, so that none is lost when this process is.

/** Offsets are those of one partition, handed over in ascending order. Does no I/O. */
export class CommitTracker {
  /** Handed over and not known to be committable, ascending; those before `#head` are behind us. */
  #handedOver: bigint[] = []
  #head = 0
  readonly #done = new Set<bigint>()
  #next: bigint
  #committed: bigint

  /** `base` is what the group has committed: the first offset that is still to be done. */
  constructor(base: bigint) {
    this.#next = base
    this.#committed = base
  }

  /** Where the next fetch belongs: the first offset that was not handed over. */
  get next(): bigint {
    return this.#next
  }

  /** What the group may commit: every request before it is done. Never falls. */
  get committable(): bigint {
    return this.#handedOver[this.#head] ?? this.#next
  }

  get committed(): bigint {
    return this.#committed
  }

  /** A request was handed over. Offsets between `next` and this one hold no requests. */
  handOver(offset: bigint): void {
    if (offset < this.#next) {
      throw new RangeError(`Expected offset ${offset} to be at least ${this.#next}`)
    }
    this.#handedOver.push(offset)
    this.#next = offset + 1n
  }

  /** Nothing but what was handed over stands before this offset: a batch ended there. */
  skipTo(offset: bigint): void {
    if (offset > this.#next) this.#next = offset
  }

  /** A request is done; one that this assignment does not know of is passed over. */
  done(offset: bigint): void {
    if (offset < this.committable || offset >= this.#next) return
    this.#done.add(offset)
    for (;;) {
      const first = this.#handedOver[this.#head]
      if (first === undefined || !this.#done.delete(first)) break
      this.#head++
    }
    // Cut off in large pieces: one element at a time would move the whole array each time.
    if (this.#head > 1024 || this.#head === this.#handedOver.length) {
      this.#handedOver = this.#handedOver.slice(this.#head)
      this.#head = 0
    }
  }

  /** The broker has acknowledged a commit up to `offset`. */
  acknowledge(offset: bigint): void {
    if (offset > this.#committed) this.#committed = offset
  }
}
