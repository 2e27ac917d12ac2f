// What a fetched record is, and what stands for records that cannot be read.
import type { ErrorCode } from '../../../../errors.ts'

/** One record. `key` and `value` are views into the fetched bytes, or into those unpacked from them. */
export interface KafkaRecord {
  readonly offset: bigint
  /** The broker's or the producer's, milliseconds since 1970. */
  readonly timestampMs: number
  /** Whether the broker stamped it (LogAppendTime). */
  readonly isBrokerTimed: boolean
  /** Of the broker that took it in, by whose clock it may be stamped. */
  readonly leaderEpoch: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  /** Has no prototype. Of a name that comes twice the first counts; one with a null value is left out. */
  readonly headers: Readonly<Record<string, string>>
}

/** Why records cannot be read. */
export interface RecordsProblem {
  readonly code: ErrorCode
  readonly reason: string
}

export type RecordSetItem =
  | { readonly kind: 'record'; readonly record: KafkaRecord }
  /** Records that cannot be read, `offset` to `lastOffset` inclusive: to be put aside by their place. */
  | {
      readonly kind: 'unreadable'
      readonly offset: bigint
      readonly lastOffset: bigint
      /** The batch's latest; -1 where it is not known. */
      readonly timestampMs: number
      readonly reason: string
      readonly code: ErrorCode
    }
