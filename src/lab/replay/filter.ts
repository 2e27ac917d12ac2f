// Which letters are meant.
import { codeOf, type Letter } from './letter.ts'
import { isInRange, type OffsetRange } from './offset-range.ts'

/** Undefined passes all. */
export interface LetterFilter {
  readonly codes: ReadonlySet<string> | undefined
  readonly clients: ReadonlySet<string> | undefined
  /** Milliseconds since 1970, included. */
  readonly sinceMs: number | undefined
  /** Not included. */
  readonly untilMs: number | undefined
  readonly partitions: ReadonlySet<number> | undefined
  readonly offsets: OffsetRange | undefined
}

/** A letter whose time or client is not known passes no filter of it. */
export function passes(filter: LetterFilter, letter: Letter): boolean {
  const { codes, clients, sinceMs, untilMs, partitions, offsets } = filter
  const { timestampMs, clientId } = letter
  return (
    (codes === undefined || codes.has(codeOf(letter))) &&
    (clients === undefined || (clientId !== undefined && clients.has(clientId))) &&
    (sinceMs === undefined || (timestampMs !== undefined && timestampMs >= sinceMs)) &&
    (untilMs === undefined || (timestampMs !== undefined && timestampMs < untilMs)) &&
    (partitions === undefined || partitions.has(letter.partition)) &&
    (offsets === undefined || isInRange(offsets, letter.offset))
  )
}
