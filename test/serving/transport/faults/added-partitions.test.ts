// Partitions are added to topics whose links have exchanged requests already, and go on meanwhile.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { startKafka, testClient, withAdmin, type TestKafka } from '../../../helpers/kafka.ts'
import { until } from '../../../helpers/until.ts'
import { FaultScene, endsOfTopic, numbered, type Asker } from './fault-scene.ts'

let kafka: TestKafka
before(async () => void (kafka = await startKafka()))
after(() => kafka.stop())

/** New partitions are used within this time, milliseconds. */
const usedWithinMs = 15_000

/** Asks one request after the other until it is stopped; `stop` resolves with the values it asked. */
function askOn(asker: Asker, what: string) {
  const asked: string[] = []
  let isOver = false
  const running = (async () => {
    while (!isOver) {
      const value = `${what}${asked.length}`
      asked.push(value)
      assert.equal(await asker.ask(value), `${value}!`)
      await setTimeout(5)
    }
  })()
  return async () => {
    isOver = true
    await running
    return asked
  }
}

async function addPartitions(topic: string, count: number): Promise<void> {
  await withAdmin(kafka.bootstrap, (admin) =>
    admin.createPartitions({ topicPartitions: [{ topic, count }] }),
  )
}

const areAllUsed = async (topic: string, before: readonly number[]) => {
  const ends = await endsOfTopic(kafka.bootstrap, topic).catch(() => [])
  return ends.length === 4 && ends.every((end, partition) => end > (before[partition] ?? 0))
}

test('partitions added to a request topic are used by its asker and read by its tier, and nothing is lost', async (t) => {
  const scene = new FaultScene(kafka.bootstrap)
  t.after(() => scene.close())
  const tier = await scene.tier()
  const asker = await scene.asker()
  for (const value of numbered(10)) await asker.ask(value)
  const stop = askOn(asker, 'on')
  const before = await endsOfTopic(kafka.bootstrap, scene.requestTopic)
  await addPartitions(scene.requestTopic, 4)

  // A stranger knows them at once.
  const producer = testClient(kafka.bootstrap).producer()
  await producer.connect()
  await producer.send({
    topic: scene.requestTopic,
    messages: [1, 2, 3].map((partition) => ({ partition, value: `stranger${partition}` })),
  })
  await producer.disconnect()
  await until(
    'requests of a stranger',
    () => [1, 2, 3].every((partition) => tier.taken.includes(`stranger${partition}`)),
    usedWithinMs,
  )
  const strangers = await endsOfTopic(kafka.bootstrap, scene.requestTopic)
  await until(
    'requests in each partition',
    () => areAllUsed(scene.requestTopic, [before[0] ?? 0, ...strangers.slice(1)]),
    usedWithinMs,
  )
  const asked = await stop()
  const wanted = [...numbered(10), ...asked, 'stranger1', 'stranger2', 'stranger3']
  assert.deepEqual([...new Set(tier.taken)].sort(), wanted.sort())
})

test('partitions added to a reply topic are used for askers that come then, and those from before go on', async (t) => {
  const scene = new FaultScene(kafka.bootstrap)
  t.after(() => scene.close())
  await scene.tier()
  const early = await scene.asker({ ordinal: 0 })
  for (const value of numbered(10)) await early.ask(value)
  const stop = askOn(early, 'on')
  await addPartitions(scene.replyTopic, 4)
  await until('four partitions', async () => {
    const ends = await endsOfTopic(kafka.bootstrap, scene.replyTopic).catch(() => [])
    return ends.length === 4
  })
  const before = await endsOfTopic(kafka.bootstrap, scene.replyTopic)
  const late = await Promise.all([1, 2, 3].map((ordinal) => scene.asker({ ordinal })))
  for (const [index, asker] of late.entries()) {
    for (const value of numbered(3, `late${index}-`)) {
      assert.equal(await asker.ask(value), `${value}!`)
    }
  }
  await stop()
  assert.ok(await areAllUsed(scene.replyTopic, before))
})

test('a link that reads all replies reads those of partitions that are added', async (t) => {
  const scene = new FaultScene(kafka.bootstrap)
  t.after(() => scene.close())
  const { link, replies } = await scene.front('all')
  await scene.tier()
  await link.send({ value: Buffer.from('first') })
  await until('the reply', () => replies.length === 1)
  await addPartitions(scene.replyTopic, 4)
  // As an original would: it replies in any partition, and its client has just been started.
  await until('four partitions', async () => {
    const ends = await endsOfTopic(kafka.bootstrap, scene.replyTopic).catch(() => [])
    return ends.length === 4
  })
  const producer = testClient(kafka.bootstrap).producer()
  await producer.connect()
  await producer.send({
    topic: scene.replyTopic,
    messages: [0, 1, 2, 3].map((partition) => ({ partition, value: `reply${partition}` })),
  })
  await producer.disconnect()
  await until('a reply in each', () => replies.length === 5, usedWithinMs)
})
