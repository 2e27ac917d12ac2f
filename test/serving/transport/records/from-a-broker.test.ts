// Records as a real broker keeps and sends them: in each codec, cut at the tail, and of transactions.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  readRecordSet,
  type RecordSetOptions,
} from '../../../../src/serving/transport/kafka/records/record-set.ts'
import {
  createTestTopic,
  randomName,
  startKafka,
  testClient,
  type TestKafka,
} from '../../../helpers/kafka.ts'
import { rawFetch, type RawFetch } from './raw-fetch.ts'

let kafka: TestKafka
before(async () => void (kafka = await startKafka()))
after(() => kafka.stop())

const value = (index: number) => Buffer.from(`reading ${index} of the sensor; `.repeat(500))
const codecs = ['uncompressed', 'gzip', 'snappy', 'lz4', 'zstd']

const topicOf = (config: Record<string, string>) =>
  createTestTopic(kafka, 'records', { partitions: 1, config })

/** Values from `fetch.offset` to the end of the topic, in as many fetches as it takes. */
async function readAll(fetch: RawFetch, count: number, options: Partial<RecordSetOptions> = {}) {
  const values: string[] = []
  let offset = fetch.offset
  while (offset < BigInt(count)) {
    const { records, abortedTransactions } = await rawFetch(kafka.bootstrap, { ...fetch, offset })
    const set = await readRecordSet(records, {
      fromOffset: offset,
      maxUnpackedBytes: 10_000_000,
      abortedTransactions,
      ...options,
    })
    for (const item of set.items) {
      assert.ok(item.kind === 'record')
      values.push(String(item.record.value))
    }
    assert.ok(set.nextOffset !== undefined && set.nextOffset > offset)
    offset = set.nextOffset
  }
  return values
}

for (const [codec, type] of codecs.entries()) {
  test(`records of a topic that the broker keeps ${type} are read, stamped by the broker`, async () => {
    const topic = await topicOf({
      'compression.type': type,
      'message.timestamp.type': 'LogAppendTime',
    })
    const producer = testClient(kafka.bootstrap).producer()
    await producer.connect()
    const earliest = Date.now() - 60_000
    await producer.send({
      topic,
      messages: Array.from({ length: 20 }, (_, index) => ({
        key: index % 2 === 0 ? `key ${index}` : null,
        value: index === 3 ? null : value(index),
        headers: { index: String(index) },
      })),
    })
    await producer.disconnect()

    const { records } = await rawFetch(kafka.bootstrap, { topic, offset: 0n })
    assert.equal(records.readInt16BE(21) & 7, codec)
    const set = await readRecordSet(records, { fromOffset: 2n, maxUnpackedBytes: 1_000_000 })
    assert.equal(set.nextOffset, 20n)
    assert.equal(set.items.length, 18)
    for (const [at, item] of set.items.entries()) {
      const index = at + 2
      assert.ok(item.kind === 'record')
      const { record } = item
      assert.equal(record.offset, BigInt(index))
      assert.equal(record.isBrokerTimed, true)
      assert.ok(record.timestampMs > earliest && record.timestampMs < Date.now() + 60_000)
      assert.equal(
        record.key === null ? null : String(record.key),
        index % 2 ? null : `key ${index}`,
      )
      assert.deepEqual(record.value, index === 3 ? null : value(index))
      assert.deepEqual({ ...record.headers }, { index: String(index) })
    }
  })
}

test('a topic is read to its end though the broker cuts batches at the limit of each fetch', async () => {
  const topic = await topicOf({})
  const producer = testClient(kafka.bootstrap).producer()
  await producer.connect()
  for (let index = 0; index < 12; index++) {
    await producer.send({ topic, messages: [{ value: value(index) }] })
  }
  await producer.disconnect()
  const wanted = Array.from({ length: 12 }, (_, index) => String(value(index)))
  assert.deepEqual(await readAll({ topic, offset: 0n, maxBytes: 30_000 }, 12), wanted)
  // Smaller than one batch: the broker sends the first as a whole.
  assert.deepEqual(await readAll({ topic, offset: 0n, maxBytes: 100 }, 12), wanted)
})

test('records of an aborted transaction are left out, those of a committed one are not', async () => {
  const topic = await topicOf({})
  const producer = testClient(kafka.bootstrap).producer({
    transactionalId: randomName('transaction'),
    maxInFlightRequests: 1,
    idempotent: true,
  })
  await producer.connect()
  for (const [text, isKept] of [
    ['first', true],
    ['second', false],
    ['third', true],
  ] as const) {
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ value: text }, { value: text }] })
    await (isKept ? transaction.commit() : transaction.abort())
  }
  await producer.disconnect()
  // Two records and the broker's own end of transaction each.
  const fetch = { topic, offset: 0n, isCommittedOnly: true }
  assert.deepEqual(await readAll(fetch, 9), ['first', 'first', 'third', 'third'])
  const all = await readAll(fetch, 9, { abortedTransactions: undefined })
  assert.equal(all.filter((text) => text === 'second').length, 2)
})
