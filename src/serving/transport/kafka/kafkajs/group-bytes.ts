// What members of a group tell each other, as kafkajs and Kafka's own clients write it.
import { assignerProtocol } from './internals.ts'

const version = 1
const userData = Buffer.alloc(0)

/** The topics that a member reads. */
export function encodeSubscription(topics: readonly string[]): Buffer {
  return assignerProtocol.MemberMetadata.encode({ version, topics: [...topics], userData })
}

export function decodeSubscription(bytes: Buffer): readonly string[] {
  return assignerProtocol.MemberMetadata.decode(bytes)?.topics ?? []
}

/** The partitions of a member, by topic. */
export function encodeAssignment(assignment: Readonly<Record<string, readonly number[]>>): Buffer {
  const own = Object.fromEntries(
    Object.entries(assignment).map(([topic, partitions]) => [topic, [...partitions]]),
  )
  return assignerProtocol.MemberAssignment.encode({ version, assignment: own, userData })
}

export function decodeAssignment(bytes: Buffer): Readonly<Record<string, readonly number[]>> {
  if (bytes.length === 0) return {}
  return assignerProtocol.MemberAssignment.decode(bytes)?.assignment ?? {}
}
