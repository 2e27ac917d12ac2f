// A topic is deleted and made anew under links that have exchanged requests over it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  createTopics,
  startKafka,
  testClient,
  withAdmin,
  type TestKafka,
} from '../../../helpers/kafka.ts'
import { until } from '../../../helpers/until.ts'
import { FaultScene, numbered, untilCommitted } from './fault-scene.ts'

let kafka: TestKafka
before(async () => void (kafka = await startKafka()))
after(() => kafka.stop())

const anew = (warnings: readonly string[]) =>
  warnings.filter((message) => message.includes('anew')).length

async function makeAnew(topic: string, partitions: number): Promise<void> {
  await withAdmin(kafka.bootstrap, (admin) => admin.deleteTopics({ topics: [topic] }))
  await until('the topic to be made', () =>
    createTopics(kafka, [topic], { partitions }).then(
      () => true,
      () => false,
    ),
  )
}

/** As strangers' requests, spread over all partitions. */
async function write(topic: string, values: readonly string[], partitions: number): Promise<void> {
  const producer = testClient(kafka.bootstrap).producer()
  await producer.connect()
  const messages = values.map((value, index) => ({ value, partition: index % partitions }))
  await producer.send({ topic, messages })
  await producer.disconnect()
}

/** Partitions before and after, and what is written into the new one at once. */
const rows = [
  ['with fewer partitions', 4, 1, 2],
  ['with as many partitions', 2, 2, 2],
  ['and grown past the old position at once', 2, 2, 200],
] as const

for (const [what, before, after, written] of rows) {
  test(`a request topic made anew ${what}: all that is in it is taken`, async (t) => {
    const scene = new FaultScene(kafka.bootstrap)
    t.after(() => scene.close())
    await createTopics(kafka, [scene.requestTopic], { partitions: before })
    const tier = await scene.tier()
    const asker = await scene.asker()
    for (const value of numbered(40)) assert.equal(await asker.ask(value), `${value}!`)
    await untilCommitted(kafka.bootstrap, scene)
    await makeAnew(scene.requestTopic, after)
    const values = numbered(written, 'stranger')
    await write(scene.requestTopic, values, after)
    for (const value of numbered(20, 'after')) assert.equal(await asker.ask(value), `${value}!`)
    await until('what was written', () => values.every((value) => tier.taken.includes(value)))
    await until('a warning', () => anew(tier.warnings()) === 1)
    assert.deepEqual(
      numbered(40).filter((value) => !tier.taken.includes(value)),
      [],
    )
    await untilCommitted(kafka.bootstrap, scene)
    assert.equal(tier.link.state.ready, true)
  })

  test(`a reply topic made anew ${what}: askers are answered`, async (t) => {
    const scene = new FaultScene(kafka.bootstrap)
    t.after(() => scene.close())
    await createTopics(kafka, [scene.replyTopic], { partitions: before })
    await scene.tier()
    const askers = [await scene.asker({ ordinal: 0 }), await scene.asker({ ordinal: before - 1 })]
    for (const value of numbered(20)) {
      for (const asker of askers) assert.equal(await asker.ask(value), `${value}!`)
    }
    await makeAnew(scene.replyTopic, after)
    // As replies to others, which are nobody's here.
    await write(scene.replyTopic, numbered(written, 'foreign'), after)
    for (const asker of askers) {
      for (const value of numbered(20, 'after')) assert.equal(await asker.ask(value), `${value}!`)
      // Within the time that metadata may be old.
      await until('a warning', () => anew(asker.warnings()) === 1)
      assert.equal(await asker.ask('last'), 'last!')
      assert.equal(asker.requester.state.ready, true)
    }
  })
}

test('an original whose topics are made anew is asked and answered on', async (t) => {
  const scene = new FaultScene(kafka.bootstrap)
  t.after(() => scene.close())
  await scene.tier()
  const { link, replies } = await scene.front('all')
  for (const value of numbered(5)) await link.send({ value: Buffer.from(value) })
  await until('five replies', () => replies.length === 5)
  await makeAnew(scene.replyTopic, 1)
  await makeAnew(scene.requestTopic, 1)
  await link.send({ value: Buffer.from('after') })
  await until('the next reply', () => replies.length === 6)
})
