// A request at the place that it came from: where a letter travels without its value, it may still be there.
import type { Headers } from '../../serving/transport/headers.ts'
import { endsOf } from '../../serving/transport/kafka/cluster/ends.ts'
import { readRange, type RangeSource } from '../../serving/transport/kafka/reading/read-range.ts'
import type { KafkaRecord } from '../../serving/transport/kafka/records/record-set.ts'
import type { Origin } from '../../serving/transport/transport.ts'

export type FoundRequest =
  | { readonly isThere: true; readonly value: Uint8Array; readonly headers: Headers }
  /** Why not, in words. */
  | { readonly isThere: false; readonly reason: string }

/** Reads that one record; its topic is in use. Errors as `readRange`. */
export async function readOrigin(
  source: RangeSource,
  origin: Origin,
  signal: AbortSignal,
): Promise<FoundRequest> {
  const { topic, partition, timestampMs } = origin
  const offset = /^\d{1,19}$/.test(origin.offset) ? BigInt(origin.offset) : undefined
  const place = `offset ${origin.offset} of partition ${partition} of '${topic}'`
  const missing = (why: string) =>
    ({ isThere: false, reason: `the letter has no value, and ${place} ${why}` }) as const
  if (offset === undefined || source.topics.partition(topic, partition) === undefined) {
    return missing('is no place there')
  }
  const [ends] = await endsOf(source, topic, [partition])
  if (ends === undefined || offset < ends.low || offset >= ends.high) {
    return missing('is not there any more')
  }
  const span = { topic, partition, from: offset, to: offset + 1n }
  for await (const items of readRange(source, span, signal)) {
    for (const item of items) {
      if (item.kind === 'unreadable') return missing(`cannot be read: ${item.reason}`)
      const { record } = item
      if (record.offset !== offset) continue
      if (isAnother(record, timestampMs)) return missing('holds another request since')
      if (record.value === null) return missing('has none either')
      return { isThere: true, value: record.value, headers: record.headers }
    }
  }
  return missing('is not there any more')
}

/** A topic that was made anew has another request at this offset; what it has is younger. */
function isAnother(record: KafkaRecord, timestampMs: number | undefined): boolean {
  if (timestampMs === undefined) return false
  // A batch that could not be read was noted by its latest time, which is each record's where the broker stamps.
  return record.isBrokerTimed
    ? record.timestampMs !== timestampMs
    : record.timestampMs > timestampMs
}
