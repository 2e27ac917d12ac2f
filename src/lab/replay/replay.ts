// `ddnn replay`: reads TOPIC_dlq from its beginning to the end that it had at the start, tells of each letter
// that is meant, and sends it again where that is wished, one after the other, each once it is acknowledged.
// Letters stay where they are: Kafka deletes by time alone.
import { startBudget } from '../../domain/budget.ts'
import { DdnnError, TransportError } from '../../errors.ts'
import { replayedHeaders } from '../../serving/transport/headers.ts'
import { endsOf } from '../../serving/transport/kafka/cluster/ends.ts'
import type { KafkaCluster } from '../../serving/transport/kafka/cluster/kafka-cluster.ts'
import {
  clustersOf,
  type KafkaTransportOptions,
} from '../../serving/transport/kafka/kafka-transport.ts'
import { toTransportError } from '../../serving/transport/kafka/kafka-errors.ts'
import { readRange, type OffsetSpan } from '../../serving/transport/kafka/reading/read-range.ts'
import { linkSignals } from '../../serving/transport/linked-signal.ts'
import { passes, type LetterFilter } from './filter.ts'
import { letterOf, type Letter } from './letter.ts'
import { readOrigin } from './origin.ts'
import { sendableOf, type Sendable, type SendRules } from './sendable.ts'
import { Tally, type Fate, type ReplaySummary } from './summary.ts'

interface ReplayOptions extends SendRules {
  readonly kafka: Omit<KafkaTransportOptions, 'metrics'>
  /** Topic of the letters. */
  readonly topic: string
  readonly filter: LetterFilter
  /** Most letters; undefined for all. */
  readonly limit: number | undefined
  readonly isDryRun: boolean
  /** Time that a request sent again has for its answer, and to be taken by a broker; milliseconds. */
  readonly timeoutMs: number
  /** Ends it in order: what is under way is finished. */
  readonly signal: AbortSignal
  /** Called for each letter in turn; its value may be read until it returns. */
  readonly onLetter: (letter: Letter, fate: Fate, value: Uint8Array | null) => Promise<void> | void
}

/** After the signal, how long a record may still take to be acknowledged. */
const graceMs = 3000

/**
 * @throws DDNN_TRANSPORT_UNREACHABLE when no broker answers, DDNN_TRANSPORT_REFUSED when one says no, or
 *   there is no such topic.
 */
export async function replay(options: ReplayOptions): Promise<ReplaySummary> {
  const { signal, topic, isDryRun } = options
  const { requests: cluster } = clustersOf(options.kafka)
  const tally = new Tally()
  const onAbort = () => void cluster.close()
  // While it connects, nothing is there to be finished.
  signal.addEventListener('abort', onAbort)
  try {
    const spans = await open(cluster, options)
    signal.removeEventListener('abort', onAbort)
    await readAll(cluster, options, spans, tally)
  } catch (thrown) {
    const isOwnEnd = thrown instanceof DdnnError && thrown.code === 'DDNN_TRANSPORT_CLOSED'
    if (!signal.aborted || !isOwnEnd) throw thrown
  } finally {
    signal.removeEventListener('abort', onAbort)
    await cluster.close()
  }
  if (signal.aborted) tally.stopped ??= 'it was interrupted'
  return tally.summary(topic, isDryRun)
}

/** Takes the topics into use; resolves with what is to be read. */
async function open(
  cluster: KafkaCluster,
  { topic, to, requestTopic, filter }: ReplayOptions,
): Promise<readonly OffsetSpan[]> {
  const names = await cluster.start((admin) => admin.topicNames(), `topic '${topic}'`)
  if (!names.includes(topic)) {
    throw missingTopic(cluster, topic, 'Nothing was put aside yet, or --brokers is another cluster')
  }
  if (!names.includes(to)) {
    throw missingTopic(
      cluster,
      to,
      'Letters go to the topic that they came from, or to that of --to',
    )
  }
  const used = new Set([topic, to, ...(names.includes(requestTopic) ? [requestTopic] : [])])
  for (const one of used) await cluster.use(one)
  const partitions = (cluster.topics.view(topic)?.partitions ?? []).map((one) => one.partition)
  const ends = await cluster.start(() => endsOf(cluster, topic, partitions), `ends of '${topic}'`)
  const { partitions: wanted, offsets } = filter
  const spans = ends
    .filter(({ partition }) => wanted === undefined || wanted.has(partition))
    .map(({ partition, low, high }) => {
      const from = offsets !== undefined && offsets.from > low ? offsets.from : low
      const last = offsets?.to
      const end = last !== undefined && last < high ? last + 1n : high
      return { topic, partition, from, to: end }
    })
  return spans.sort((a, b) => a.partition - b.partition)
}

function missingTopic({ place }: KafkaCluster, topic: string, hint: string): TransportError {
  const message = `Expected topic '${topic}' at ${place.hosts}, got none`
  return new TransportError('DDNN_TRANSPORT_REFUSED', message, { hint })
}

async function readAll(
  cluster: KafkaCluster,
  options: ReplayOptions,
  spans: readonly OffsetSpan[],
  tally: Tally,
): Promise<void> {
  const { signal, filter, limit = Infinity, onLetter } = options
  for (const span of spans) {
    for await (const items of readRange(cluster, span, signal)) {
      for (const item of items) {
        if (signal.aborted || tally.stopped !== undefined || tally.matching >= limit) return
        const letter = letterOf(span.partition, item)
        tally.read++
        if (!passes(filter, letter)) continue
        const sendable = await sendableOf(letter, options, async (origin) => {
          try {
            return await readOrigin(cluster, origin, signal)
          } catch (thrown) {
            throw toTransportError(thrown, cluster.place, `the request of a letter`)
          }
        })
        // A letter that was looked at while the signal came is left to the next run.
        if (signal.aborted) return
        const fate = await fateOf(cluster, options, sendable)
        tally.count(letter, fate)
        if (fate.kind === 'unsure') tally.stopped = fate.reason
        await onLetter(letter, fate, sendable.isSendable ? sendable.value : letter.value)
      }
    }
  }
}

/** Sends it, where that is to be done. */
async function fateOf(
  cluster: KafkaCluster,
  { to, isDryRun, timeoutMs, signal }: ReplayOptions,
  sendable: Sendable,
): Promise<Fate> {
  if (!sendable.isSendable) return { kind: 'kept', reason: sendable.reason }
  const { value, headers, valueFrom } = sendable
  if (isDryRun) return { kind: 'would-send', to, valueFrom }
  const budget = startBudget(timeoutMs)
  const lateStop = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const onAbort = () => (timer = setTimeout(() => lateStop.abort(), graceMs))
  signal.addEventListener('abort', onAbort)
  const ending = linkSignals([lateStop.signal], timeoutMs)
  try {
    const record = {
      topic: to,
      value,
      headers: () => replayedHeaders(headers, budget.remainingMs()),
    }
    await cluster.sender.send(record, ending.signal)
    return { kind: 'sent', to, valueFrom }
  } catch (thrown) {
    if (!(thrown instanceof DdnnError)) throw thrown
    if (thrown.code === 'DDNN_FRAME_TOO_LARGE') return { kind: 'kept', reason: thrown.message }
    if (thrown.code !== 'DDNN_TRANSPORT_UNREACHABLE') throw thrown
    return { kind: 'unsure', reason: thrown.message }
  } finally {
    ending.release()
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
  }
}
