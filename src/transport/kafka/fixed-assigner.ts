// Assigns the same partitions to every member, whatever others read: a process reads the one partition
// that its replies go to, and nothing is balanced.
import kafkajs, { type PartitionAssigner } from 'kafkajs'

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol
const version = 1

/** For a group of one member. With one partition given it is read alone, with all, all are. */
export function createFixedAssigner(partitions: readonly number[]): PartitionAssigner {
  return () => ({
    name: 'ddnn-fixed',
    version,
    assign: ({ members, topics }) => {
      const assignment = Object.fromEntries(topics.map((topic) => [topic, [...partitions]]))
      const userData = Buffer.alloc(0)
      return Promise.resolve(
        members.map(({ memberId }) => ({
          memberId,
          memberAssignment: MemberAssignment.encode({ version, assignment, userData }),
        })),
      )
    },
    protocol: ({ topics }) => ({
      name: 'ddnn-fixed',
      metadata: MemberMetadata.encode({ version, topics, userData: Buffer.alloc(0) }),
    }),
  })
}
