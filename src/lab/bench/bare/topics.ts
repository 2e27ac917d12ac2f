// Topics of a chain that makes none by itself: made for one run, and removed after it.
import { setTimeout as sleep } from 'node:timers/promises'
import { createKafka } from './kafka.ts'
import type { Admin } from 'kafkajs'

/** A broker that works has them in less than a tenth of that. */
const leaderWaitMs = 30_000

/** Of one link. */
export interface Topics {
  readonly requests: string
  readonly replies: string
}

/** One partition each, with these entries of their configuration. */
export async function createTopics(
  brokers: string,
  links: readonly Topics[],
  config: Readonly<Record<string, string>> = {},
): Promise<void> {
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
  const common = { numPartitions: 1, replicationFactor: 1, configEntries }
  const topics = namesOf(links).map((topic) => ({ topic, ...common }))
  await withAdmin(brokers, async (admin) => {
    // kafkajs' own waiting throws where a broker has not heard of a topic yet.
    await admin.createTopics({ topics, waitForLeaders: false })
    const endAt = performance.now() + leaderWaitMs
    while (performance.now() < endAt) {
      const found = await admin
        .fetchTopicMetadata({ topics: namesOf(links) })
        .catch(() => ({ topics: [] }))
      const leaders = found.topics.flatMap(({ partitions }) => partitions.map((p) => p.leader))
      if (leaders.length === topics.length && leaders.every((leader) => leader >= 0)) return
      await sleep(20)
    }
    throw new Error(`Expected leaders of ${namesOf(links).join(', ')} in ${leaderWaitMs / 1000} s`)
  })
}

export async function deleteTopics(brokers: string, links: readonly Topics[]): Promise<void> {
  await withAdmin(brokers, (admin) => admin.deleteTopics({ topics: namesOf(links) }))
}

function namesOf(links: readonly Topics[]): string[] {
  return links.flatMap(({ requests, replies }) => [requests, replies])
}

async function withAdmin(brokers: string, use: (admin: Admin) => Promise<void>): Promise<void> {
  const admin = createKafka(brokers).admin()
  await admin.connect()
  try {
    await use(admin)
  } finally {
    await admin.disconnect()
  }
}
