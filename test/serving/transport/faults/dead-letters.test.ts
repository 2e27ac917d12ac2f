// Dead letters that their topic does not take: no request may wait for one for ever.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createTopics, readTopic, startKafka, type TestKafka } from '../../../helpers/kafka.ts'
import type { IncomingRequest } from '../../../../src/serving/transport/transport.ts'
import { FaultScene, endsOfTopic, text, untilCommitted } from './fault-scene.ts'

let kafka: TestKafka
before(async () => void (kafka = await startKafka()))
after(() => kafka.stop())

const reason = { code: 'DDNN_FRAME_SHAPE', message: 'Expected 3 values' }

/** Puts aside what begins with 'bad', and answers all the same. */
async function putAside(request: IncomingRequest): Promise<void> {
  const value = text(request.value)
  if (value.startsWith('bad')) await request.putAside(reason)
  await request.reply(Buffer.from(`${value.slice(0, 10)}!`))
}

test('a dead letter larger than its topic takes travels without its value', async (t) => {
  const scene = new FaultScene(kafka.bootstrap)
  t.after(() => scene.close())
  const letters = `${scene.requestTopic}_dlq`
  const config = { 'max.message.bytes': '40000' }
  await createTopics(kafka, [letters], { partitions: 1, config })
  const tier = await scene.tier({ maxRequestBytes: 100_000, onRequest: putAside })
  const asker = await scene.asker()
  assert.equal(await asker.ask('bad'.padEnd(90_000, 'x')), 'badxxxxxxx!')
  assert.equal(await asker.ask('bad small'), 'bad small!')
  const [large, small] = await readTopic(kafka, letters, 2)
  assert.equal(large?.value.length, 0)
  assert.equal(large?.headers['origin-topic'], scene.requestTopic)
  assert.equal(large?.headers['origin-offset'], '0')
  assert.equal(large?.headers['error-code'], reason.code)
  assert.match(large?.headers['error-message'] ?? '', /^Expected 3 values .*90000 bytes/)
  assert.equal(String(small?.value), 'bad small')
  assert.equal(small?.headers['error-message'], reason.message)
  await untilCommitted(kafka.bootstrap, scene)
  assert.deepEqual(tier.warnings(), [])
})

test('a topic of dead letters that takes none of them drops them with one warning', async (t) => {
  const scene = new FaultScene(kafka.bootstrap)
  t.after(() => scene.close())
  const letters = `${scene.requestTopic}_dlq`
  const config = { 'max.message.bytes': '100' }
  await createTopics(kafka, [letters], { partitions: 1, config })
  const tier = await scene.tier({ onRequest: putAside })
  const asker = await scene.asker()
  for (const value of ['bad 1', 'good', 'bad 2', 'bad 3']) {
    assert.equal(await asker.ask(value), `${value}!`)
  }
  await untilCommitted(kafka.bootstrap, scene)
  assert.deepEqual(await endsOfTopic(kafka.bootstrap, letters), [0])
  assert.equal(tier.warnings().length, 1)
  assert.match(tier.warnings()[0] ?? '', /dead letters are dropped/)
})
