// Reads what one partition holds between two offsets, and ends: for who looks at a topic, not for a link.
// No group and no position of the brokers' is involved.
import { createBackoff } from '../../backoff.ts'
import type { TopicMap } from '../cluster/topic-map.ts'
import { isOutOfRange, isRefused, toTransportError, type KafkaPlace } from '../kafka-errors.ts'
import type { Channel } from '../port.ts'
import { readRecordSet, type RecordSetItem } from '../records/record-set.ts'

/** What is needed of a `KafkaCluster`; the topic is in use there. */
export interface RangeSource {
  readonly channel: Channel
  readonly topics: TopicMap
  readonly place: KafkaPlace
}

export interface OffsetSpan {
  readonly topic: string
  readonly partition: number
  readonly from: bigint
  /** Not included. */
  readonly to: bigint
}

const waitMs = 500
/** A partition that gives nothing so often holds nothing more: what is there is in no finished transaction. */
const mostEmpty = 3
const leastBytes = 1024 * 1024
const mostBytes = 256 * 1024 * 1024
/** Most bytes that one compressed batch may unpack to. */
const maxUnpackedBytes = 64 * 1024 * 1024
/** Brokers may be away for so long. */
const patienceMs = 30_000

/**
 * Yields items in order, each once. Records that are deleted meanwhile are left out, and it ends early where
 * the topic is cut or the signal aborts. Values are views, good until the next step.
 * @throws DDNN_TRANSPORT_REFUSED, or DDNN_TRANSPORT_UNREACHABLE when no broker gives them for 30 s.
 */
export async function* readRange(
  source: RangeSource,
  { topic, partition, from, to }: OffsetSpan,
  signal?: AbortSignal,
): AsyncGenerator<readonly RecordSetItem[], void> {
  let at = from
  let bytes = leastBytes
  let empty = 0
  let backoff = createBackoff()
  let wellAt = performance.now()
  while (at < to && signal?.aborted !== true && empty < mostEmpty) {
    let items: readonly RecordSetItem[]
    try {
      const fetched = await fetchOne(source, { topic, partition, from: at, to }, bytes)
      wellAt = performance.now()
      backoff = createBackoff()
      items = fetched.items
      if (fetched.next !== undefined) at = fetched.next
      else if (fetched.isCutOff) bytes = Math.min(mostBytes, bytes * 2)
      else empty++
    } catch (thrown) {
      const isOver = performance.now() - wellAt > patienceMs
      if (isRefused(thrown) || isOver) {
        throw toTransportError(thrown, source.place, `records of '${topic}'`)
      }
      await source.topics.refresh().catch(() => undefined)
      await backoff.wait(signal).catch(() => undefined)
      continue
    }
    if (items.length > 0) yield items
  }
}

interface Fetched {
  readonly items: readonly RecordSetItem[]
  /** Where the next fetch begins; undefined where this one gave no whole batch. */
  readonly next: bigint | undefined
  readonly isCutOff: boolean
}

async function fetchOne(
  { channel, topics }: RangeSource,
  { topic, partition, from, to }: OffsetSpan,
  maxBytes: number,
): Promise<Fetched> {
  const node = topics.leader(topic, partition)
  if (node === undefined) throw new Error(`partition ${partition} of '${topic}' has no leader`)
  const [fetched] = await channel.fetch(node, {
    topic,
    positions: [{ partition, offset: from }],
    maxWaitMs: waitMs,
    minBytes: 1,
    maxBytes,
    maxBytesPerPartition: maxBytes,
  })
  if (fetched?.error !== undefined) {
    if (!isOutOfRange(fetched.error)) {
      throw new Error(`partition ${partition} gives no records`, { cause: fetched.error })
    }
    const [ends] = await channel.ends(node, topic, [partition])
    // The oldest were deleted meanwhile; where it is shorter than before, nothing of it is left.
    const next = ends !== undefined && ends.low > from ? ends.low : to
    return { items: [], next, isCutOff: false }
  }
  const records = fetched?.records ?? Buffer.alloc(0)
  const { items, nextOffset } = await readRecordSet(records, {
    fromOffset: from,
    maxUnpackedBytes,
    abortedTransactions: fetched?.abortedTransactions,
  })
  return {
    items: items.filter((item) => (item.kind === 'record' ? item.record : item).offset < to),
    next: nextOffset,
    isCutOff: records.length > 0,
  }
}
