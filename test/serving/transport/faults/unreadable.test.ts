// Records that cannot be read, or look as no producer of ours makes them. Bytes are damaged where they lie:
// a broker checks what it takes, and no more what it gives.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { createTopics, readTopic, startKafka, type TestKafka } from '../../../helpers/kafka.ts'
import { until } from '../../../helpers/until.ts'
import { seal, writeBatch, type TestRecord } from '../records/batches.ts'
import { rawProduce } from '../records/raw-produce.ts'
import { FaultScene, endsOfTopic, untilCommitted } from './fault-scene.ts'

let kafka: TestKafka
let data: string
before(async () => {
  data = mkdtempSync(join(tmpdir(), 'ddnn-damaged-'))
  kafka = await startKafka({ config: { 'log.dirs': data } })
})
after(async () => {
  await kafka.stop()
  rmSync(data, { recursive: true, force: true })
})

const batchOf = (values: readonly string[]) =>
  writeBatch({ records: values.map((value) => ({ value: Buffer.from(value) })) })

/** Each of these values in a batch of its own. */
async function write(topic: string, batches: readonly Buffer[]): Promise<void> {
  for (const batch of batches) await rawProduce(kafka.bootstrap, topic, batch)
}

/** Changes one batch of partition 0 where it lies. */
function damage(topic: string, index: number, change: (batch: Buffer) => void): void {
  const folder = join(data, `${topic}-0`)
  const file = readdirSync(folder).find((name) => name.endsWith('.log'))
  const path = join(folder, file ?? '')
  const bytes = readFileSync(path)
  let at = 0
  for (let left = index; left > 0; left--) at += 12 + bytes.readInt32BE(at + 8)
  change(bytes.subarray(at, at + 12 + bytes.readInt32BE(at + 8)))
  // In place: the broker has it open.
  writeFileSync(path, bytes, { flag: 'r+' })
}

const rows: readonly (readonly [string, (batch: Buffer) => void, RegExp])[] = [
  [
    'whose bytes are not those of their checksum',
    (batch) => void batch.writeUInt8(batch.readUInt8(70) ^ 0xff, 70),
    /checksum/i,
  ],
  [
    'whose length is more than its batch has, with a good checksum',
    (batch) => {
      batch.writeUInt8(0x7e, 61)
      seal(batch)
    },
    /record within its batch/,
  ],
  [
    'in a codec that there is none of',
    (batch) => {
      batch.writeInt16BE(batch.readInt16BE(21) | 7, 21)
      seal(batch)
    },
    /codec/i,
  ],
]

for (const [what, change, reason] of rows) {
  test(`records ${what} are put aside by their place, and the next request is answered`, async (t) => {
    const scene = new FaultScene(kafka.bootstrap)
    t.after(() => scene.close())
    const { requestTopic: topic } = scene
    await createTopics(kafka, [topic], { partitions: 1 })
    await write(topic, [batchOf(['before']), batchOf(['damaged', 'too']), batchOf(['after'])])
    damage(topic, 1, change)
    const tier = await scene.tier()
    await until('what can be read', () => tier.taken.includes('after'))
    assert.deepEqual(tier.taken, ['before', 'after'])
    const asker = await scene.asker()
    assert.equal(await asker.ask('next'), 'next!')
    const [letter] = await readTopic(kafka, `${topic}_dlq`, 1)
    assert.equal(letter?.value.length, 0)
    const { headers } = letter ?? { headers: {} }
    assert.equal(headers['origin-topic'], topic)
    assert.equal(headers['origin-partition'], '0')
    assert.equal(headers['origin-offset'], '1')
    assert.equal(headers['error-code'], 'DDNN_FRAME_MALFORMED')
    assert.match(headers['error-message'] ?? '', reason)
    await untilCommitted(kafka.bootstrap, scene)
    assert.deepEqual(await endsOfTopic(kafka.bootstrap, `${topic}_dlq`), [1])
    assert.equal(tier.warnings().length, 1)
    assert.match(tier.warnings()[0] ?? '', /1 to 2 of partition 0 cannot be read/)
    assert.equal(tier.link.state.ready, true)
  })
}

test('many records that cannot be read are told in one warning', async (t) => {
  const scene = new FaultScene(kafka.bootstrap)
  t.after(() => scene.close())
  const { requestTopic: topic } = scene
  await createTopics(kafka, [topic], { partitions: 1 })
  await write(
    topic,
    Array.from({ length: 20 }, () => batchOf(['damaged'])),
  )
  for (let index = 0; index < 20; index++) {
    damage(topic, index, (batch) => void batch.writeUInt8(batch.readUInt8(70) ^ 0xff, 70))
  }
  const tier = await scene.tier()
  const asker = await scene.asker()
  assert.equal(await asker.ask('next'), 'next!')
  await untilCommitted(kafka.bootstrap, scene)
  const letters = await readTopic(kafka, `${topic}_dlq`, 20)
  assert.deepEqual(
    letters.map(({ headers }) => Number(headers['origin-offset'])).sort((a, b) => a - b),
    Array.from({ length: 20 }, (_, index) => index),
  )
  assert.equal(tier.warnings().length, 1)
})

test('a reply that cannot be read is stepped over, and the next one comes', async (t) => {
  const scene = new FaultScene(kafka.bootstrap)
  t.after(() => scene.close())
  await createTopics(kafka, [scene.replyTopic], { partitions: 1 })
  await scene.tier()
  const asker = await scene.asker()
  assert.equal(await asker.ask('first'), 'first!')
  // Two hundred thousand headers: within what the broker takes, and not within what a record may cost.
  const headers = Array.from({ length: 200_000 }, () => ['h', null] as const)
  const pack = (bytes: Buffer) => gzipSync(bytes)
  await write(scene.replyTopic, [writeBatch({ attributes: 1, pack, records: [{ headers }] })])
  assert.equal(await asker.ask('second'), 'second!')
})

const odd: readonly (readonly [string, TestRecord, string])[] = [
  ['a header with a null value', { headers: [['trace', null]] }, 'x'],
  ['a header named __proto__', { headers: [['__proto__', Buffer.from('x')]] }, 'x'],
  ['a header without a name', { headers: [['', Buffer.from('x')]] }, 'x'],
  [
    'the same header twice',
    {
      headers: [
        ['a', Buffer.from('x')],
        ['a', null],
      ],
    },
    'x',
  ],
  [
    'headers of ours with null values',
    {
      headers: [
        'ddnn-version',
        'correlation-id',
        'reply-partition',
        'budget-ms',
        'client-id',
        'traceparent',
      ].map((name) => [name, null] as const),
    },
    'x',
  ],
  [
    'headers that are no text',
    {
      headers: [
        ['budget-ms', Buffer.from([0xff, 0xfe])],
        ['correlation-id', Buffer.from([0, 0xc3])],
      ],
    },
    'x',
  ],
  ['a null value', { value: null }, ''],
  ['an empty value', { value: Buffer.alloc(0) }, ''],
  ['a key', { key: Buffer.from('key') }, 'x'],
  [
    'thousands of headers',
    {
      headers: Array.from({ length: 5000 }, (_, index) => [`h${index}`, Buffer.from('v')] as const),
    },
    'x',
  ],
]

for (const [what, record, value] of odd) {
  test(`a request with ${what} is taken in, and the next one is answered`, async (t) => {
    const scene = new FaultScene(kafka.bootstrap)
    t.after(() => scene.close())
    const { requestTopic: topic } = scene
    await createTopics(kafka, [topic], { partitions: 1 })
    const batch = writeBatch({ records: [{ value: Buffer.from('x'), ...record }] })
    await write(topic, [batch])
    const tier = await scene.tier()
    const asker = await scene.asker()
    assert.equal(await asker.ask('next'), 'next!')
    await until('the odd one', () => tier.taken.length === 2)
    assert.deepEqual(tier.taken, [value, 'next'])
    await untilCommitted(kafka.bootstrap, scene)
    assert.deepEqual(tier.warnings(), [])
  })
}
