// What a run of ddnn left on brokers that may be somebody's: its topics and its groups.
import { createKafka } from '../bare/kafka.ts'
import { deadLetterTopic } from '../../../serving/transport/dead-letter.ts'

interface Left {
  /** Of requests and of replies. */
  readonly topics: readonly string[]
  readonly groups: readonly string[]
}

/** Removes them, dead letters too; those that are not there, or still in use, are passed over. */
export async function leaveBrokers(brokers: string, { topics, groups }: Left): Promise<void> {
  const admin = createKafka(brokers).admin()
  await admin.connect()
  try {
    const own = new Set(topics.flatMap((topic) => [topic, deadLetterTopic(topic)]))
    const there = (await admin.listTopics()).filter((topic) => own.has(topic))
    if (there.length > 0) await admin.deleteTopics({ topics: there })
    await Promise.all(groups.map((group) => admin.deleteGroups([group]).catch(() => undefined)))
  } finally {
    await admin.disconnect()
  }
}
