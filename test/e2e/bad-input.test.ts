// What comes over Kafka and is wrong: each is an error reply and a dead letter, and the tier lives on.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import kafkajs, { type Consumer, type Kafka, type Producer } from 'kafkajs'
import { hashLabels } from '../../src/domain/labels.ts'
import { wires } from '../../src/serving/wire/detect.ts'
import { readCsv, runCli, tempFolder, type RunningCli } from '../helpers/cli.ts'
import { labelledImages } from '../helpers/images.ts'
import {
  backFlags,
  deviceFlags,
  frontFlags,
  labelsFile,
  models,
  newTopics,
  startCluster,
  startTier,
  stopTiers,
  type Cluster,
} from './chain.ts'

let cluster: Cluster
let kafka: Kafka
let producer: Producer
let tier: RunningCli
let images: string
const topics = newTopics()
const consumers: Consumer[] = []

before(async () => {
  cluster = await startCluster()
  images = await labelledImages(2)
  kafka = new kafkajs.Kafka({
    brokers: cluster.kafka.bootstrap.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
  })
  tier = await startTier([
    ...['--models', models('model'), '--name', 'all', '--engine', 'wasm'],
    ...backFlags(cluster, topics.deviceToEdge, topics.edgeToDevice),
  ])
  producer = kafka.producer()
  await producer.connect()
})
after(async () => {
  await Promise.all([producer.disconnect(), ...consumers.map((c) => c.disconnect())])
  await stopTiers([tier])
  await cluster.kafka.stop()
})

interface Seen {
  readonly value: Buffer
  readonly headers: Readonly<Record<string, string>>
}

/** Reads a topic from its beginning in a group of its own. */
async function watch(topic: string): Promise<readonly Seen[]> {
  const consumer = kafka.consumer({ groupId: `watch-${topic}`, maxWaitTimeInMs: 100 })
  consumers.push(consumer)
  const seen: Seen[] = []
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    eachMessage: ({ message }) => {
      const headers = Object.entries(message.headers ?? {}).map(([k, v]) => [k, String(v)])
      seen.push({
        value: message.value ?? Buffer.alloc(0),
        headers: Object.fromEntries(headers) as Record<string, string>,
      })
      return Promise.resolve()
    },
  })
  return seen
}

async function until<T>(what: string, find: () => T | undefined): Promise<T> {
  const deadline = Date.now() + 30_000
  for (;;) {
    const found = find()
    if (found !== undefined) return found
    assert.ok(Date.now() < deadline, `no ${what} in time`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const good = wires.binary.encodeRequest(
  { dtype: 'uint8', shape: [180, 180, 3], data: new Uint8Array(180 * 180 * 3) },
  { family: undefined, labelsHash: undefined },
)
const withHeader = (edit: (json: string) => string) => {
  const length = new DataView(good.buffer, good.byteOffset).getUint32(8, true)
  const json = Buffer.from(edit(Buffer.from(good.subarray(12, 12 + length)).toString()))
  const head = Buffer.from(good.subarray(0, 12))
  head.writeUInt32LE(json.length, 8)
  return Buffer.concat([head, json, good.subarray(12 + length)])
}
const otherVersion = () => {
  const frame = Buffer.from(good)
  frame[4] = 9
  return frame
}
const family = wires.binary.encodeRequest(
  { dtype: 'uint8', shape: [180, 180, 3], data: new Uint8Array(180 * 180 * 3) },
  { family: 'another-family', labelsHash: undefined },
)

/** As many values as a photo has, the last of them none. */
const spoilt = (value: number) => ({
  dtype: 'float32' as const,
  shape: [180, 180, 3],
  data: new Float32Array(180 * 180 * 3).fill(0.5).fill(value, -1),
})
const noMeta = { family: undefined, labelsHash: undefined }

const bad: readonly [title: string, value: Uint8Array, code: RegExp][] = [
  ['a frame cut short', good.subarray(0, good.length - 100), /DDNN_FRAME_MALFORMED/],
  ['a frame cut inside its header', good.subarray(0, 20), /DDNN_FRAME_MALFORMED/],
  ['an empty value', new Uint8Array(0), /DDNN_FRAME_MALFORMED/],
  ['noise', Buffer.from('not a frame at all, and long enough'), /DDNN_FRAME_MALFORMED/],
  ['a frame of another version', otherVersion(), /DDNN_FRAME_VERSION/],
  [
    'a tensor of the wrong shape',
    withHeader((json) => json.replace('[180,180,3]', '[90,360,3]')),
    /DDNN_FRAME_SHAPE/,
  ],
  [
    'a huge claimed shape',
    withHeader((json) => json.replace('[180,180,3]', '[99999,99999,99999]')),
    /DDNN_FRAME_(TOO_LARGE|SHAPE)/,
  ],
  ['features of another family', family, /DDNN_MODEL_MISMATCH/],
  ['a tensor with NaN', wires.binary.encodeRequest(spoilt(Number.NaN), noMeta), /FRAME_VALUE/],
  ['a tensor with infinity', wires.binary.encodeRequest(spoilt(-Infinity), noMeta), /FRAME_VALUE/],
]
for (const [title, value, code] of bad) {
  test(`${title} gets an error reply and a dead letter, and the tier lives on`, async () => {
    const id = `test:${title.replaceAll(' ', '-')}`
    const headers = { 'ddnn-version': '1', 'correlation-id': id, 'reply-partition': '0' }
    await producer.send({
      topic: topics.deviceToEdge,
      messages: [{ value: Buffer.from(value), headers: { ...headers, 'budget-ms': '20000' } }],
    })
    const replies = await watchReplies()
    const reply = await until('error reply', () =>
      replies.find((seen) => seen.headers['correlation-id'] === id),
    )
    const decoded = wires.binary.decodeReply(reply.value)
    assert.match(decoded.problem?.code ?? '', code)
    assert.equal(decoded.result, undefined)
    const letters = await watchDeadLetters()
    const letter = await until('dead letter', () =>
      letters.find((seen) => seen.headers['correlation-id'] === id),
    )
    assert.ok(
      Buffer.from(value).equals(letter.value),
      'the dead letter holds the bytes as they came',
    )
    assert.ok(Object.values(letter.headers).includes(topics.deviceToEdge), 'it names its origin')
    await assertAlive()
  })
}

for (const [title, text] of [
  ['JSON that is no tensor', '{"hello": "world"}'],
  ['JSON cut short', '[[[[0.1, 0.2'],
  ['a ragged JSON list', '[[[1, 2], [3]]]'],
  ['a JSON tensor of the wrong shape', '[[[[1, 2, 3]]]]'],
  ['a JSON tensor with NaN', Buffer.from(wires.json.encodeRequest(spoilt(Number.NaN), noMeta))],
] as const) {
  test(`${title} gets a JSON reply with an empty result`, async () => {
    const before = (await watchReplies()).length
    await producer.send({ topic: topics.deviceToEdge, messages: [{ value: text }] })
    const replies = await watchReplies()
    const reply = await until('JSON reply', () =>
      replies.slice(before).find((seen) => seen.value[0] === 0x7b),
    )
    assert.deepEqual(reply.headers, {})
    const json = JSON.parse(reply.value.toString()) as { result: unknown; device: unknown }
    assert.deepEqual(json.result, [])
    assert.equal(json.device, 'all')
    await assertAlive()
  })
}

const watches = new Map<string, Promise<readonly Seen[]>>()
const watchOnce = (topic: string) => {
  const started = watches.get(topic) ?? watch(topic)
  watches.set(topic, started)
  return started
}
const watchReplies = () => watchOnce(topics.edgeToDevice)
const watchDeadLetters = () => watchOnce(`${topics.deviceToEdge}_dlq`)

async function assertAlive(): Promise<void> {
  const id = `alive:${Math.random()}`
  const headers = { 'ddnn-version': '1', 'correlation-id': id, 'budget-ms': '20000' }
  await producer.send({
    topic: topics.deviceToEdge,
    messages: [{ value: Buffer.from(good), headers: { ...headers, 'reply-partition': '0' } }],
  })
  const replies = await watchReplies()
  const reply = await until('answer', () =>
    replies.find((seen) => seen.headers['correlation-id'] === id),
  )
  assert.ok(wires.binary.decodeReply(reply.value).result !== undefined)
}

test('a device with labels in another order stops with exit code 2, naming both', async () => {
  const { writeFileSync } = await import('node:fs')
  const swapped = join(tempFolder(), 'labels.txt')
  const names = ['tulips', 'daisy', 'dandelion', 'roses', 'sunflowers']
  writeFileSync(swapped, names.join('\n'))
  const output = join(tempFolder(), 'results.csv')
  const flags = deviceFlags(cluster, topics, images, output)
  const { code, stderr } = await runCli(flags.map((f) => (f === labelsFile ? swapped : f)))
  assert.equal(code, 2, stderr)
  assert.match(stderr, /DDNN_LABELS_MISMATCH/)
  assert.match(stderr, /tulips, daisy/)
  assert.match(stderr, /daisy, dandelion/)
  assert.match(stderr, new RegExp(hashLabels(names)))
})

test('an unknown broker is a clear error within 10 s, not an endless log', async () => {
  const startedAt = performance.now()
  const nowhere = { ...cluster, host: '127.0.0.1', port: '1' }
  const { code, stderr } = await runCli([
    ...['--models', models('cloud'), '--name', 'lost', '--engine', 'wasm'],
    ...backFlags(nowhere, 'a', 'b'),
  ])
  assert.equal(code, 2, stderr)
  assert.match(stderr, /DDNN_TRANSPORT_UNREACHABLE/)
  assert.match(stderr, /127\.0\.0\.1:1/)
  assert.ok(stderr.split('\n').length < 10, stderr)
  // The limit is 10 s for the brokers; loading the model comes before it.
  assert.ok(performance.now() - startedAt < 25_000)
})

test('a topic that takes only small messages is refused at start, with the fix named', async () => {
  const small = newTopics()
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({
    topics: [
      {
        topic: small.deviceToEdge,
        configEntries: [{ name: 'max.message.bytes', value: '20000' }],
      },
    ],
  })
  await admin.disconnect()
  const output = join(tempFolder(), 'results.csv')
  const flags = [...deviceFlags(cluster, small, images, output), '--timeout-ms', '500']
  const { code, stderr } = await runCli(flags)
  assert.equal(code, 2, stderr)
  assert.match(stderr, /DDNN_TRANSPORT_REFUSED/)
  assert.match(stderr, /max\.message\.bytes/)
  assert.match(stderr, /20000/)
})

test('a second writer of a CSV is refused by name', async () => {
  const output = join(tempFolder(), 'tier.csv')
  const own = newTopics()
  const flags = (name: string) => [
    ...['--models', models('cloud'), '--name', name, '--engine', 'wasm', '-o', output],
    ...backFlags(cluster, own.deviceToEdge, own.edgeToDevice),
  ]
  const first = await startTier(flags('first'))
  const second = await runCli(flags('second'))
  assert.equal(second.code, 2, second.stderr)
  assert.match(second.stderr, /DDNN_OUTPUT_BUSY/)
  await stopTiers([first])
})

test("a tier's own CSV has a row a request: its hop, the next one's, and the correlation id", async () => {
  const own = newTopics()
  const output = join(tempFolder(), 'edge.csv')
  const cloud = await startTier([
    ...['--models', models('fog'), models('cloud'), '--name', 'cloud', '--engine', 'wasm'],
    ...backFlags(cluster, own.edgeToFog, own.fogToEdge),
  ])
  const edge = await startTier([
    ...['--models', models('edge'), '--name', 'edge', '--engine', 'wasm', '-o', output],
    ...['--threshold', '1.1'],
    ...backFlags(cluster, own.deviceToEdge, own.edgeToDevice),
    ...frontFlags(cluster, own.edgeToFog, own.fogToEdge),
  ])
  const device = await runCli(deviceFlags(cluster, own, images, join(tempFolder(), 'r.csv')))
  assert.equal(device.code, 0, device.stderr)
  await stopTiers([edge, cloud])
  const rows = readCsv(output)
  assert.equal(rows.length, 10)
  for (const row of rows) {
    assert.notEqual(row.Edge_Prediction, '')
    assert.notEqual(row.Fog_Prediction, '')
    assert.match(row.File ?? '', /:\d+$/)
    assert.equal(row.Exit, 'cloud')
  }
})
