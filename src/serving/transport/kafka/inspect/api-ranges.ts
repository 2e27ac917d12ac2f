// The requests that ddnn sends by kafkajs, and whether a broker still, or already, takes them. A test
// holds the table against kafkajs.
import type { ApiRange } from './ask-broker.ts'

/** Versions that kafkajs 2.2 speaks, by name and number of Kafka's protocol. */
export const usedApis: readonly (ApiRange & { readonly name: string })[] = [
  { name: 'Produce', key: 0, min: 0, max: 7 },
  { name: 'Fetch', key: 1, min: 0, max: 11 },
  { name: 'ListOffsets', key: 2, min: 0, max: 3 },
  { name: 'Metadata', key: 3, min: 0, max: 6 },
  { name: 'OffsetCommit', key: 8, min: 0, max: 5 },
  { name: 'OffsetFetch', key: 9, min: 1, max: 4 },
  { name: 'GroupCoordinator', key: 10, min: 0, max: 2 },
  { name: 'JoinGroup', key: 11, min: 0, max: 5 },
  { name: 'Heartbeat', key: 12, min: 0, max: 3 },
  { name: 'LeaveGroup', key: 13, min: 0, max: 3 },
  { name: 'SyncGroup', key: 14, min: 0, max: 3 },
  { name: 'DescribeConfigs', key: 32, min: 0, max: 2 },
]

/** Names of the requests that this broker and kafkajs have no common version of. */
export function missingApis(broker: readonly ApiRange[]): readonly string[] {
  return usedApis
    .filter(({ key, min, max }) => {
      const range = broker.find((one) => one.key === key)
      return range === undefined || range.min > max || range.max < min
    })
    .map(({ name }) => name)
}

/** What the ranges tell of the broker's release. */
export function describeRelease(broker: readonly ApiRange[]): string {
  // Kafka 4.0 took the first versions of Fetch away (KIP-896); of Produce it still names them.
  const fetch = broker.find(({ key }) => key === 1)
  return (fetch?.min ?? 0) >= 4 ? 'Kafka 4.0 or later' : 'Kafka before 4.0'
}
