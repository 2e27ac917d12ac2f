// Topics of the kafka-python chain, which makes none by itself: one partition each, wide enough for images as
// JSON, removed after the run.
import { randomUUID } from 'node:crypto'
import kafkajs from 'kafkajs'

/** For each tier the topics that it is asked by and answers on, new in every chain. */
export function topicsOf(names) {
  const id = randomUUID().slice(0, 8)
  return names.map((name, i) => {
    const asker = names[i - 1] ?? 'device'
    return { requests: `${asker}-${name}.${id}`, replies: `${name}-${asker}.${id}` }
  })
}

export async function createTopics(brokers, links) {
  const configEntries = [{ name: 'max.message.bytes', value: '67108864' }]
  const topics = namesOf(links).map((topic) => ({ topic, numPartitions: 1, configEntries }))
  await withAdmin(brokers, (admin) => admin.createTopics({ topics }))
}

export async function deleteTopics(brokers, links) {
  await withAdmin(brokers, (admin) => admin.deleteTopics({ topics: namesOf(links) }))
}

function namesOf(links) {
  return links.flatMap(({ requests, replies }) => [requests, replies])
}

async function withAdmin(brokers, use) {
  const admin = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: 0 }).admin()
  await admin.connect()
  try {
    await use(admin)
  } finally {
    await admin.disconnect()
  }
}
