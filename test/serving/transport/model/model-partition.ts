// One partition in memory: its log of real record batches, and what its leader knows of producers.
import type { PartitionEnds, ProduceBatch } from '../../../../src/serving/transport/kafka/port.ts'
import { writeBatch } from '../records/batches.ts'
import { ModelError } from './model-error.ts'

/** As many batches of one producer are remembered. */
const mostRemembered = 5
const logAppendTime = 8

export interface StoredRecord {
  readonly partition: number
  readonly offset: bigint
  readonly value: string
  readonly headers: Readonly<Record<string, string>>
}

interface StoredBatch {
  readonly last: bigint
  readonly bytes: Buffer
}

export class ModelPartition {
  readonly partition: number
  leader: number
  epoch = 0
  low = 0n
  high = 0n
  readonly records: StoredRecord[] = []
  #batches: StoredBatch[] = []
  /** By producer: first and last sequence of its latest batches. */
  readonly #producers = new Map<string, { readonly first: number; readonly last: number }[]>()

  constructor(partition: number, leader: number) {
    this.partition = partition
    this.leader = leader
  }

  /** False where it has had this very batch. @throws OUT_OF_ORDER_SEQUENCE_NUMBER. */
  append({ identity, firstSequence, records }: ProduceBatch): boolean {
    const last = firstSequence + records.length - 1
    if (identity !== undefined) {
      // Of a producer that it knows nothing of, any sequence is taken (KIP-360).
      const known = this.#producers.get(identity.producerId) ?? []
      if (known.some((one) => one.first === firstSequence && one.last === last)) return false
      const before = known.at(-1)
      if (before !== undefined && before.last + 1 !== firstSequence) {
        throw new ModelError('OUT_OF_ORDER_SEQUENCE_NUMBER')
      }
      const remembered = [...known, { first: firstSequence, last }].slice(-mostRemembered)
      this.#producers.set(identity.producerId, remembered)
    }
    this.#store(records)
    return true
  }

  #store(records: ProduceBatch['records']): void {
    const now = BigInt(Date.now())
    const bytes = writeBatch({
      baseOffset: this.high,
      attributes: logAppendTime,
      baseTimestamp: now,
      maxTimestamp: now,
      records: records.map(({ value, headers }) => ({
        value: value === null ? null : Buffer.from(value),
        headers: Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)] as const),
      })),
    })
    for (const { value, headers } of records) {
      const text = Buffer.from(value ?? []).toString('latin1')
      const { partition } = this
      this.records.push({ partition, offset: this.high++, value: nameOf(text), headers })
    }
    this.#batches.push({ last: this.high - 1n, bytes })
  }

  /** Whole batches from the one that holds this offset on. @throws OFFSET_OUT_OF_RANGE. */
  read(offset: bigint, maxBytes: number): Buffer {
    if (offset < this.low || offset > this.high) throw new ModelError('OFFSET_OUT_OF_RANGE')
    const found: Buffer[] = []
    let bytes = 0
    for (const batch of this.#batches) {
      if (batch.last < offset) continue
      if (found.length > 0 && bytes + batch.bytes.length > maxBytes) break
      found.push(batch.bytes)
      bytes += batch.bytes.length
    }
    return Buffer.concat(found)
  }

  get ends(): PartitionEnds {
    return { partition: this.partition, low: this.low, high: this.high }
  }

  /** Its oldest records are deleted, as retention does it. */
  cutBefore(offset: bigint): void {
    this.low = offset
    this.#batches = this.#batches.filter(({ last }) => last >= offset)
  }
}

/** Values are 'name' or 'name:filling'. */
export function nameOf(value: string): string {
  return value.split(':')[0] ?? ''
}
