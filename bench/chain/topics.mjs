// Topics of one chain: for each asker its requests and its replies, new in every chain.
import kafkajs from 'kafkajs'

/** By the asker: [requests, replies]. */
export function newTopics() {
  const id = Math.random().toString(36).slice(2, 8)
  const pair = (from, to) => [`${from}-${to}.${id}`, `${to}-${from}.${id}`]
  return { device: pair('device', 'edge'), edge: pair('edge', 'fog'), fog: pair('fog', 'cloud') }
}

/** Makes them with one partition each, for chains that do not make their own. */
export async function createTopics(bootstrap, topics) {
  const admin = new kafkajs.Kafka({ brokers: [bootstrap], logLevel: 0 }).admin()
  await admin.connect()
  const configEntries = [{ name: 'max.message.bytes', value: '67108864' }]
  const asked = Object.values(topics).flat()
  await admin.createTopics({
    topics: asked.map((topic) => ({ topic, numPartitions: 1, configEntries })),
  })
  await admin.disconnect()
}
