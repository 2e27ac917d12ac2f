// The records of one partition of a Fetch response, from its raw bytes (message format v2). kafkajs's own
// decoder ends a consumer for ever on a record that it cannot read; here every batch has a bounded cost,
// and what cannot be read is told by its place so that the reader steps over it. Pure: no client, no I/O.
//   readRecordSet(bytes, { fromOffset, maxUnpackedBytes }) -> { items, nextOffset }
// batch.ts reads a batch's head, codecs.ts unpacks it, read-records.ts reads what is in it.
import { AbortedProducers, type AbortedTransaction } from './aborted.ts'
import { readBatchHead, type RecordBatch } from './record-batch.ts'
import { notPacked, unpack } from './codecs.ts'
import { readRecords } from './read-records.ts'
import type { KafkaRecord, RecordSetItem, RecordsProblem } from './record.ts'

export type { KafkaRecord, RecordSetItem } from './record.ts'
export type { AbortedTransaction } from './aborted.ts'

export interface RecordSet {
  /** Ascending, none twice, none below `fromOffset`. */
  readonly items: readonly RecordSetItem[]
  /**
   * Where the next fetch begins: past control batches, compacted gaps and unreadable ones too. It may stand
   * before the end of the bytes: what would take more memory at once than the limit is left for the next
   * fetch. Undefined where the bytes held no whole batch.
   */
  readonly nextOffset: bigint | undefined
}

export interface RecordSetOptions {
  /** Where the fetch began. Items below it are left out. */
  readonly fromOffset: bigint
  /** Bytes that packed batches may unpack to, together; a single larger one is DDNN_FRAME_TOO_LARGE. */
  readonly maxUnpackedBytes: number
  /** Of the response, where it was asked for READ_COMMITTED: their records are left out. */
  readonly abortedTransactions?: readonly AbortedTransaction[] | undefined
}

/**
 * Reads the RECORDS bytes of one partition. A batch cut short at the end is ignored, as Kafka cuts at
 * maxBytes. Never throws and never rejects, whatever the bytes are. Keys and values are views, so from here
 * on the bytes belong to the records.
 */
export async function readRecordSet(bytes: Buffer, options: RecordSetOptions): Promise<RecordSet> {
  const aborted = new AbortedProducers(options.abortedTransactions ?? [])
  const items: RecordSetItem[] = []
  let nextOffset: bigint | undefined
  let room = options.maxUnpackedBytes
  for (let at = 0; at < bytes.length;) {
    const fromOffset = nextOffset ?? options.fromOffset
    const batch = readBatchHead(bytes, at, fromOffset)
    if (batch === undefined) break
    const isLeftOut = 'reason' in batch || aborted.isAborted(batch) || batch.isControl
    if (batch.lastOffset < fromOffset && batch.end !== undefined) {
      at = batch.end
      continue
    }
    if ('reason' in batch) {
      // Where even its place is in doubt, it is left to a fetch that begins with it.
      if (batch.end === undefined && nextOffset !== undefined) break
      items.push(unreadable(batch, { code: 'DDNN_FRAME_MALFORMED', reason: batch.reason }))
    } else if (!isLeftOut && batch.count !== 0) {
      const isAlone = room === options.maxUnpackedBytes
      if (room <= 0 && !isAlone) break
      const read = await readBatch(bytes, batch, fromOffset, room)
      if (read.problem?.code === 'DDNN_FRAME_TOO_LARGE' && !isAlone) break
      room -= read.cost
      for (const record of read.records) items.push({ kind: 'record', record })
      const offset = read.restOffset < fromOffset ? fromOffset : read.restOffset
      if (read.problem !== undefined && offset <= batch.lastOffset) {
        const { lastOffset, maxTimestampMs: timestampMs } = batch
        items.push(unreadable({ offset, lastOffset, timestampMs }, read.problem))
      }
    }
    nextOffset = batch.lastOffset + 1n
    if (batch.end === undefined) break
    at = batch.end
  }
  return { items, nextOffset }
}

interface ReadBatch {
  readonly records: readonly KafkaRecord[]
  /** First offset that a problem concerns. */
  readonly restOffset: bigint
  readonly problem: RecordsProblem | undefined
  /** Memory beside the fetched bytes. */
  readonly cost: number
}

async function readBatch(
  bytes: Buffer,
  batch: RecordBatch,
  fromOffset: bigint,
  maxBytes: number,
): Promise<ReadBatch> {
  const isPacked = batch.codec !== notPacked
  const plain = bytes.subarray(batch.recordsAt, batch.end)
  const { bytes: unpacked, problem: unpackProblem } = isPacked
    ? await unpack(batch.codec, plain, maxBytes)
    : { bytes: plain, problem: undefined }
  const read = readRecords(unpacked, batch, fromOffset, isPacked ? maxBytes : Infinity)
  return {
    records: read.records,
    restOffset: batch.baseOffset + BigInt(read.lastDelta + 1),
    problem: unpackProblem ?? read.problem,
    cost: read.cost + (isPacked ? unpacked.length : 0),
  }
}

interface Place {
  readonly offset: bigint
  readonly lastOffset: bigint
  readonly timestampMs: number
}

function unreadable(place: Place, { code, reason }: RecordsProblem): RecordSetItem {
  const { offset, lastOffset, timestampMs } = place
  return { kind: 'unreadable', offset, lastOffset, timestampMs, reason, code }
}
