// A record on its way, from the call that sends it to the broker's word.
import type { Headers } from '../../headers.ts'

/** What a link gives to be sent. */
export interface OutgoingRecord {
  readonly topic: string
  /** Undefined takes any, in turn. */
  readonly partition?: number | undefined
  readonly value: Uint8Array | null
  /** Asked each time that the record goes out: what is left of a budget is less each time. */
  readonly headers: () => Headers
  /** Rejects rather than risk that the broker has it twice. */
  readonly isOnce?: boolean
}

/** `over` for its caller: it was acknowledged, refused, or given up. It may go out all the same. */
export interface Item {
  readonly record: OutgoingRecord
  readonly bytes: number
  isOver: boolean
  /** Refused together with others, as too large: it goes alone. */
  isAlone: boolean
  /** The partition that it asks for is gone: it goes to any. */
  isAnywhere: boolean
  readonly settle: (failure?: unknown) => void
}

/** Room for a record's headers and framing. */
const overheadBytes = 512

export function sizeOfRecord({ value }: OutgoingRecord): number {
  return (value?.byteLength ?? 0) + overheadBytes
}
