// A record of TOPIC_dlq as replay sees it.
import { readDeadLetterHeaders, type DeadLetterFacts } from '../../serving/transport/dead-letter.ts'
import { readRequestHeaders, replaysOf } from '../../serving/transport/headers.ts'
import type { RecordSetItem } from '../../serving/transport/kafka/records/record-set.ts'

export interface Letter {
  readonly partition: number
  readonly offset: bigint
  /** When it was put aside, by the broker's clock (or the writer's, on CreateTime topics); undefined where unknown. */
  readonly timestampMs: number | undefined
  /** A view of fetched bytes; null where it was left out of the letter. */
  readonly value: Uint8Array | null
  /** Undefined for a record that is no dead letter. */
  readonly facts: DeadLetterFacts | undefined
  /** The asking process, as it names itself. */
  readonly clientId: string | undefined
  readonly correlationId: string | undefined
  /** How often it was sent again before. */
  readonly replays: number
  /** Why the record of the letter itself cannot be read. */
  readonly problem: string | undefined
}

export function letterOf(partition: number, item: RecordSetItem): Letter {
  if (item.kind === 'unreadable') {
    const { offset, timestampMs, reason } = item
    return {
      partition,
      offset,
      timestampMs: timestampMs > 0 ? timestampMs : undefined,
      value: null,
      facts: undefined,
      clientId: undefined,
      correlationId: undefined,
      replays: 0,
      problem: reason,
    }
  }
  const { offset, timestampMs, value, headers } = item.record
  const facts = readDeadLetterHeaders(headers)
  const { clientId, correlationId } = readRequestHeaders(headers)
  return {
    partition,
    offset,
    timestampMs: timestampMs > 0 ? timestampMs : undefined,
    value,
    facts,
    clientId: clientId ?? clientOf(correlationId),
    correlationId,
    replays: replaysOf(headers),
    problem: undefined,
  }
}

/** The prefix of an id names who asked. */
function clientOf(correlationId: string | undefined): string | undefined {
  const end = correlationId?.lastIndexOf(':') ?? -1
  return end > 0 ? correlationId?.slice(0, end) : undefined
}

/** What a letter is counted by. */
export function codeOf({ facts, problem }: Letter): string {
  return facts?.reason.code ?? (problem === undefined ? '(no dead letter)' : '(unreadable)')
}
