// Which batches belong to transactions that were aborted: Kafka sends them all the same, with a list of
// where they began; where they ended a control batch says. For a reader of committed records alone.
import type { RecordBatch } from './record-batch.ts'

/** As a Fetch response lists them for each partition. */
export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
}

/** Asked for every batch in its order. */
export class AbortedProducers {
  readonly #coming: AbortedTransaction[]
  readonly #open = new Set<bigint>()

  constructor(transactions: readonly AbortedTransaction[]) {
    this.#coming = [...transactions].sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1))
  }

  /** Whether the batch's records never counted. A control batch ends its producer's transaction. */
  isAborted(batch: RecordBatch): boolean {
    for (;;) {
      const [first] = this.#coming
      if (first === undefined || first.firstOffset > batch.lastOffset) break
      this.#open.add(first.producerId)
      this.#coming.shift()
    }
    if (batch.isControl) this.#open.delete(batch.producerId)
    return batch.isTransactional && !batch.isControl && this.#open.has(batch.producerId)
  }
}
