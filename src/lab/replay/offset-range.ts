// 'FROM..TO' of --offset: offsets of a topic, both ends included, either of them left out.

export interface OffsetRange {
  readonly from: bigint
  /** Included; undefined for all that come. */
  readonly to: bigint | undefined
}

/** Kafka counts in 64 bits with a sign. */
const greatest = 2n ** 63n - 1n

/** '5..9', '5..', '..9' or '5'; undefined for what is none of them, or ends before it begins. */
export function parseOffsetRange(text: string): OffsetRange | undefined {
  const match = /^(\d{1,19})?(\.\.)?(\d{1,19})?$/.exec(text.trim())
  if (match === null) return undefined
  const [, first, dots, last] = match
  if (first === undefined && last === undefined) return undefined
  // Digits of one number may be shared out between the two ends.
  if (dots === undefined && last !== undefined) return undefined
  const from = BigInt(first ?? 0)
  const end = dots === undefined ? first : last
  const to = end === undefined ? undefined : BigInt(end)
  if (from > greatest || (to !== undefined && (to < from || to > greatest))) return undefined
  return { from, to }
}

export function isInRange({ from, to }: OffsetRange, offset: bigint): boolean {
  return offset >= from && (to === undefined || offset <= to)
}
