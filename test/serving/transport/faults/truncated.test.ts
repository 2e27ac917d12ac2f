// Records that a position points at are not there any more: deleted under a running tier, or a group's
// committed offset that lies behind the end of its partition.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createTopics, startKafka, withAdmin, type TestKafka } from '../../../helpers/kafka.ts'
import { until } from '../../../helpers/until.ts'
import { FaultScene, endsOfTopic, numbered, text, untilCommitted } from './fault-scene.ts'

let kafka: TestKafka
before(async () => void (kafka = await startKafka()))
after(() => kafka.stop())

const readAnew = (warnings: readonly string[]) =>
  warnings.filter((message) => message.includes('read anew'))

/** Deletes all that stands before this offset of partition 0. */
const deleteBefore = (topic: string, offset: number) =>
  withAdmin(kafka.bootstrap, async (admin) => {
    // kafkajs deletes only from topics that it has asked for before.
    await admin.fetchTopicOffsets(topic)
    await admin.deleteTopicRecords({
      topic,
      partitions: [{ partition: 0, offset: String(offset) }],
    })
  })

test('records deleted below the position of a running tier: it goes on with the oldest there is', async (t) => {
  const scene = new FaultScene(kafka.bootstrap)
  t.after(() => scene.close())
  let release = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  const tier = await scene.tier({
    maxInFlight: 1,
    maxRequestBytes: 100_000,
    onRequest: async (request) => {
      await held
      await request.reply(Buffer.from(`${text(request.value)}!`))
    },
  })
  const { link, replies } = await scene.front('own')
  const send = (value: string) =>
    link.send({ value: Buffer.from(value), correlationId: value.trim() })
  await send('held')
  await until('the first request', () => tier.taken.length === 1)
  // Some are fetched already, and wait for room; all of them are more than a fetch takes.
  for (const value of numbered(20, 'deleted')) await send(value.padEnd(100_000))
  await deleteBefore(scene.requestTopic, 21)
  await send('after')
  release()
  await until('the reply', () => replies.some(({ value }) => text(value) === 'after!'))
  assert.equal(readAnew(tier.warnings()).length, 1)
  assert.equal(tier.warnings().length, 1)
  assert.ok(tier.taken.filter((value) => value.startsWith('deleted')).length < 20)
  assert.equal(tier.link.state.ready, true)
  await untilCommitted(kafka.bootstrap, scene)
})

test('all replies deleted under a running asker: it is answered on', async (t) => {
  const scene = new FaultScene(kafka.bootstrap)
  t.after(() => scene.close())
  await scene.tier()
  const asker = await scene.asker()
  for (const value of numbered(5)) await asker.ask(value)
  await deleteBefore(scene.replyTopic, 5)
  for (const value of numbered(5, 's')) assert.equal(await asker.ask(value), `${value}!`)
  assert.deepEqual(asker.warnings(), [])
})

for (const [what, committed, deleted, lost] of [
  ['behind the end', 1000, 0, 5],
  ['behind the end of a partition that begins later', 1000, 2, 3],
  ['before the beginning', 1, 3, 2],
] as const) {
  test(`a group that has committed an offset ${what} takes all that is there`, async (t) => {
    const scene = new FaultScene(kafka.bootstrap)
    t.after(() => scene.close())
    const { groupId, requestTopic: topic } = scene
    await createTopics(kafka, [topic], { partitions: 1 })
    const { link } = await scene.front('own')
    for (const value of numbered(5)) {
      await link.send({ value: Buffer.from(value), correlationId: value })
    }
    await withAdmin(kafka.bootstrap, (admin) =>
      admin.setOffsets({
        groupId,
        topic,
        partitions: [{ partition: 0, offset: String(committed) }],
      }),
    )
    if (deleted > 0) await deleteBefore(topic, deleted)
    const tier = await scene.tier()
    await until('what is there', () => tier.taken.length >= lost)
    assert.deepEqual(tier.taken, numbered(5).slice(5 - lost))
    assert.equal(readAnew(tier.warnings()).length, committed > 5 ? 1 : 0)
    const asker = await scene.asker()
    assert.equal(await asker.ask('next'), 'next!')
    await untilCommitted(kafka.bootstrap, scene)
    assert.deepEqual(await endsOfTopic(kafka.bootstrap, topic), [6])
    assert.equal(tier.taken.length, lost + 1)
  })
}
