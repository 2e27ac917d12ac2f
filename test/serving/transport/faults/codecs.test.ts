// Records that the broker or their sender packed, in each codec of Kafka's.
import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { after, before, test } from 'node:test'
import { createTopics, startKafka, type TestKafka } from '../../../helpers/kafka.ts'
import { rawFetch } from '../records/raw-fetch.ts'
import { rawProduce } from '../records/raw-produce.ts'
import { writeBatch } from '../records/batches.ts'
import { FaultScene, numbered, untilCommitted } from './fault-scene.ts'
import { until } from '../../../helpers/until.ts'

let kafka: TestKafka
before(async () => void (kafka = await startKafka()))
after(() => kafka.stop())

const codecs = ['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd']
const sizes = { maxRequestBytes: 6000 }

for (const [codec, type] of codecs.entries()) {
  test(`requests and replies of topics that the broker keeps ${type} are answered, and that is told`, async (t) => {
    const scene = new FaultScene(kafka.bootstrap)
    t.after(() => scene.close())
    const { requestTopic, replyTopic } = scene
    const config = { 'compression.type': type }
    await createTopics(kafka, [requestTopic, replyTopic], { partitions: 1, config })
    const tier = await scene.tier(sizes)
    const asker = await scene.asker()
    for (const value of [...numbered(5), 'a'.repeat(900)]) {
      assert.equal(await asker.ask(value), `${value}!`)
    }
    // The values went through the codec, both ways.
    for (const topic of [requestTopic, replyTopic]) {
      const { records } = await rawFetch(kafka.bootstrap, { topic, offset: 0n })
      assert.equal(records.readInt16BE(21) & 7, codec)
    }
    const told = tier.lines.filter(({ msg }) => msg.includes('compression.type'))
    assert.equal(told.length, type === 'uncompressed' ? 0 : 2)
    for (const { level, msg } of told) {
      assert.equal(level, 30)
      assert.match(msg, new RegExp(`compression.type ${type}.*CPU`))
    }
    assert.deepEqual(tier.warnings(), [])
    await untilCommitted(kafka.bootstrap, scene)
  })
}

test('a request that its sender packed is answered', async (t) => {
  const scene = new FaultScene(kafka.bootstrap)
  t.after(() => scene.close())
  const tier = await scene.tier(sizes)
  const { requestTopic: topic } = scene
  const value = Buffer.alloc(5000, 'a')
  await rawProduce(
    kafka.bootstrap,
    topic,
    writeBatch({
      attributes: 1,
      pack: (bytes) => gzipSync(bytes),
      records: [{ value }, { value }],
    }),
  )
  await until('two requests', () => tier.taken.length === 2)
  assert.deepEqual(tier.taken, [String(value), String(value)])
  const asker = await scene.asker()
  assert.equal(await asker.ask('next'), 'next!')
  await untilCommitted(kafka.bootstrap, scene)
})
