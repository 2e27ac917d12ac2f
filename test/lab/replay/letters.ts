// Dead letters for tests, as they come out of Kafka.
import type { RecordSetItem } from '../../../src/serving/transport/kafka/records/record-set.ts'
import { letterOf, type Letter } from '../../../src/lab/replay/letter.ts'

export interface MadeLetter {
  readonly partition?: number
  readonly offset?: bigint
  readonly timestampMs?: number
  readonly value?: Uint8Array | null
  readonly headers?: Readonly<Record<string, string>>
}

/** Headers of a letter that came from 'requests'. */
export const usualHeaders = {
  'ddnn-version': '1',
  'correlation-id': 'edge-1:7',
  'client-id': 'edge-1',
  'reply-partition': '0',
  'budget-ms': '20',
  'origin-topic': 'requests',
  'origin-partition': '3',
  'origin-offset': '881',
  'origin-timestamp': '1000',
  'error-code': 'DDNN_FRAME_SHAPE',
  'error-message': 'Expected [1], got [2]',
}

export function makeLetter(made: MadeLetter = {}): Letter {
  const {
    partition = 0,
    offset = 0n,
    timestampMs = 1_800_000_000_000,
    headers = usualHeaders,
  } = made
  const { value = Buffer.from('a value') } = made
  const record = {
    offset,
    timestampMs,
    isBrokerTimed: true,
    leaderEpoch: 0,
    key: null,
    value,
    headers,
  }
  return letterOf(partition, { kind: 'record', record })
}

export const unreadable: RecordSetItem = {
  kind: 'unreadable',
  offset: 4n,
  lastOffset: 6n,
  timestampMs: -1,
  reason: 'Expected a checksum of 1, got 2',
  code: 'DDNN_FRAME_MALFORMED',
}
