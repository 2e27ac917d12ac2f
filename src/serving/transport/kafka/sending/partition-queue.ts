// The records of one partition that wait for the broker's word, in their order. What went out and was not
// answered goes out again as it was, with the same sequence, so that the broker takes it once: nothing of
// the partition passes it.
import type { ProduceBatch, ProducerIdentity } from '../port.ts'
import type { Item } from './item.ts'

/** Most bytes of records that share a batch; a single larger one goes alone. */
const batchBytes = 900_000
const maxSequence = 2 ** 31 - 1

/** What went out together. */
export interface SentBatch {
  readonly items: readonly Item[]
  readonly identity: ProducerIdentity | undefined
  readonly firstSequence: number
}

export class PartitionQueue {
  readonly topic: string
  readonly partition: number
  #waiting: Item[] = []
  /** Whether the broker has it is not known. */
  #unsure: SentBatch | undefined
  #identity: ProducerIdentity | undefined
  #nextSequence = 0

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
  }

  get isEmpty(): boolean {
    return this.#unsure === undefined && this.#waiting.length === 0
  }

  /** Whether something went out of which nothing is known, or is under way. */
  get isUnsure(): boolean {
    return this.#unsure !== undefined
  }

  get items(): readonly Item[] {
    return [...(this.#unsure?.items ?? []), ...this.#waiting]
  }

  push(item: Item): void {
    this.#waiting.push(item)
  }

  /** Forgets those that nobody waits for and that never went out. */
  sweep(): void {
    this.#waiting = this.#waiting.filter(({ isOver }) => !isOver)
  }

  /** True while it holds a batch that may be there already, though nobody waits for it any more. */
  get isAbandoned(): boolean {
    return this.#unsure?.items.every(({ isOver }) => isOver) === true
  }

  /** Its sequence leaves a gap: the caller takes a new identity for whatever comes next. */
  abandon(): void {
    this.#unsure = undefined
    this.#identity = undefined
  }

  /** Takes all that waits out of it, and what went out and was not answered, in their order. */
  empty(): { readonly unsure: readonly Item[]; readonly waiting: readonly Item[] } {
    const emptied = { unsure: this.#unsure?.items ?? [], waiting: this.#waiting }
    this.#unsure = undefined
    this.#identity = undefined
    this.#waiting = []
    return emptied
  }

  /** Identity that its next batch must have; `current` is that of new ones. */
  identityFor(current: ProducerIdentity | undefined): ProducerIdentity | undefined {
    return this.#unsure === undefined ? current : this.#unsure.identity
  }

  /** The next batch; undefined where nothing waits. */
  take(current: ProducerIdentity | undefined): SentBatch | undefined {
    if (this.#unsure !== undefined) return this.#unsure
    this.sweep()
    const items = this.#takeItems()
    if (items.length === 0) return undefined
    const isSpent = this.#nextSequence > maxSequence - items.length
    if (this.#identity !== current || isSpent) this.#nextSequence = 0
    this.#identity = current
    this.#unsure = { items, identity: current, firstSequence: this.#nextSequence }
    return this.#unsure
  }

  #takeItems(): Item[] {
    let bytes = 0
    let count = 0
    for (const item of this.#waiting) {
      bytes += item.bytes
      if (count > 0 && (bytes > batchBytes || item.isAlone)) break
      count++
      if (item.isAlone) break
    }
    return this.#waiting.splice(0, count)
  }

  /** The broker has it. */
  taken(batch: SentBatch): void {
    if (this.#unsure !== batch) return
    this.#unsure = undefined
    this.#nextSequence = batch.firstSequence + batch.items.length
  }

  /** The broker has none of it; its items are the caller's again. */
  refused(batch: SentBatch): void {
    if (this.#unsure === batch) this.#unsure = undefined
  }

  /** Back to the front, in their order, to be made up into batches anew. */
  putBack(items: readonly Item[]): void {
    this.#waiting.unshift(...items)
  }
}

/** As it travels, with what its headers say now. */
export function produceBatchOf(
  { topic, partition }: PartitionQueue,
  { items, identity, firstSequence }: SentBatch,
): ProduceBatch {
  return {
    topic,
    partition,
    identity,
    firstSequence,
    records: items.map(({ record }) => ({ value: record.value, headers: record.headers() })),
  }
}
