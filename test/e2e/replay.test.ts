// `ddnn replay` against a real broker: a tier puts requests aside, the command shows them, and sends them
// again once the tier is mended.
import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { after, before, describe, test } from 'node:test'
import type { Producer } from 'kafkajs'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { readReplay } from '../../src/cli/read-replay.ts'
import { replay } from '../../src/lab/replay/replay.ts'
import { createSilentLog } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics/metrics.ts'
import { createKafkaTransport } from '../../src/serving/transport/kafka/kafka-transport.ts'
import type { BackLink, Transport } from '../../src/serving/transport/transport.ts'
import { runCli } from '../helpers/cli.ts'
import { assertForm } from '../helpers/json-form.ts'
import {
  createTestTopic,
  createTopics,
  randomName,
  readTopic,
  startKafka,
  testClient,
  withAdmin,
  type TestKafka,
} from '../helpers/kafka.ts'
import { until } from '../helpers/until.ts'

interface LetterLine {
  readonly kind: 'letter'
  readonly partition: number
  readonly offset: string
  readonly time: string
  readonly code: string
  readonly message: string
  readonly origin: { readonly topic: string; readonly partition: number; readonly offset: string }
  readonly clientId: string | null
  readonly correlationId: string | null
  readonly replays: number
  readonly bytes: number | null
  readonly value?: string
  readonly fate: string
  readonly valueFrom: string | null
  readonly reason: string | null
}

interface SummaryLine {
  readonly kind: 'summary'
  readonly read: number
  readonly matching: number
  readonly codes: Readonly<Record<string, number>>
  readonly wouldSend: number
  readonly sent: number
  readonly kept: number
  readonly stopped: string | null
}

let kafka: TestKafka
let producer: Producer
before(async () => {
  kafka = await startKafka()
  producer = testClient(kafka.bootstrap).producer()
  await producer.connect()
})
after(async () => {
  await producer.disconnect()
  await kafka.stop()
})

/** A tier that answers with the request itself, but puts aside what begins with 'bad', and what it refuses. */
class Tier {
  readonly requestTopic: string
  readonly replyTopic: string
  readonly seen: { readonly id: string | undefined; readonly budgetMs: number | undefined }[] = []
  isMended = false
  readonly #transport: Transport
  readonly #link: BackLink

  constructor(requestTopic: string, replyTopic: string) {
    this.requestTopic = requestTopic
    this.replyTopic = replyTopic
    this.#transport = createKafkaTransport({
      requestBrokers: kafka.bootstrap.split(','),
      clientId: 'replay-tier',
      partitions: 2,
      log: createSilentLog(),
      metrics: createMetrics(),
    })
    this.#link = this.#transport.backLink({
      requestTopic,
      replyTopic,
      groupId: randomName('tier'),
      maxInFlight: 4,
      maxRequestBytes: 1_000_000,
      maxReplyBytes: 1_000_000,
    })
  }

  get letters(): string {
    return `${this.requestTopic}_dlq`
  }

  open(): Promise<void> {
    return this.#link.open(async (request) => {
      this.seen.push({ id: request.correlationId, budgetMs: request.budgetMs })
      const text = Buffer.from(request.value).toString()
      if (text.startsWith('bad') && !this.isMended) {
        const code = text.startsWith('bad-shape') ? 'DDNN_FRAME_SHAPE' : 'DDNN_FRAME_VALUE'
        await request.putAside({ code, message: `Expected good, got '${text.slice(0, 20)}'` })
      } else await request.reply(request.value)
    })
  }

  async close(): Promise<void> {
    await this.#link.close()
    await this.#transport.close()
  }
}

async function openTier(): Promise<Tier> {
  const requests = await createTestTopic(kafka, 'requests', { partitions: 2 })
  const replies = await createTestTopic(kafka, 'replies', { partitions: 2 })
  const tier = new Tier(requests, replies)
  await tier.open()
  return tier
}

/** A tier that serves until `use` has ended. */
async function withTier(use: (tier: Tier) => Promise<void>): Promise<void> {
  const tier = await openTier()
  try {
    await use(tier)
  } finally {
    await tier.close()
  }
}

const idHeaders = (id: string) => ({
  'ddnn-version': '1',
  'correlation-id': id,
  'client-id': id.split(':')[0] ?? '',
  'reply-partition': '1',
  'budget-ms': '50',
})

/** All into one partition, in order. */
function send(topic: string, values: readonly { id: string; value: string | Buffer }[]) {
  const messages = values.map(({ id, value }) => ({ value, headers: idHeaders(id), partition: 0 }))
  return producer.send({ topic, messages })
}

/** How many records a topic ever had; 0 while it is missing. */
function countOf(topic: string): Promise<number> {
  return withAdmin(kafka.bootstrap, async (admin) => {
    if (!(await admin.listTopics()).includes(topic)) return 0
    const ends = await admin.fetchTopicOffsets(topic)
    return ends.reduce((sum, { high }) => sum + Number(high), 0)
  })
}

/** A topic that was made just now may have no leader yet. */
const untilCount = (topic: string, count: number) =>
  until(`${count} records in ${topic}`, () =>
    countOf(topic).then(
      (found) => found >= count,
      () => false,
    ),
  )

/** The built command, its letters by correlation id. */
async function runReplay(topic: string, ...flags: readonly string[]) {
  const args = ['replay', topic, '--brokers', kafka.bootstrap, '--format', 'json', ...flags]
  const { code, stdout, stderr } = await runCli(args, { timeoutMs: 60_000 })
  assert.notEqual(code, 2, stderr)
  assertForm('replay', stdout)
  const lines = stdout.trimEnd().split('\n')
  const summary = JSON.parse(lines.pop() ?? '') as SummaryLine
  assert.equal(summary.kind, 'summary')
  const letters = lines.map((line) => JSON.parse(line) as LetterLine)
  assert.equal(letters.length, summary.matching)
  const ids = letters.map(({ correlationId }) => correlationId).sort()
  return { code, letters, summary, ids, stderr }
}

describe('requests that a tier put aside', () => {
  let tier: Tier
  before(async () => {
    tier = await openTier()
    await send(tier.requestTopic, [
      { id: 'edge-1:1', value: 'good' },
      { id: 'edge-1:2', value: 'bad-shape one' },
      { id: 'edge-2:1', value: 'bad-shape two' },
      { id: 'edge-2:2', value: 'bad-value' },
    ])
    await untilCount(tier.letters, 3)
  })
  after(() => tier.close())

  test('are listed with what they say of themselves, and counted by code', async () => {
    const { code, letters, summary, ids } = await runReplay(tier.letters, '--show', '5')
    assert.equal(code, 0)
    assert.deepEqual(ids, ['edge-1:2', 'edge-2:1', 'edge-2:2'])
    assert.deepEqual(summary.codes, { DDNN_FRAME_SHAPE: 2, DDNN_FRAME_VALUE: 1 })
    const one = letters.find(({ correlationId }) => correlationId === 'edge-1:2')
    assert.ok(one !== undefined)
    assert.equal(one.code, 'DDNN_FRAME_SHAPE')
    assert.equal(one.message, "Expected good, got 'bad-shape one'")
    assert.deepEqual(
      [one.origin.topic, one.origin.partition, one.origin.offset],
      [tier.requestTopic, 0, '1'],
    )
    assert.equal(one.clientId, 'edge-1')
    assert.equal(one.bytes, 13)
    assert.equal(one.value, Buffer.from('bad-s').toString('hex'))
    assert.ok(Math.abs(Date.parse(one.time) - Date.now()) < 600_000)
    assert.equal(one.fate, 'would-send')
  })

  test('are told in lines to read', async () => {
    const { stdout, code } = await runCli(['replay', tier.letters, '--brokers', kafka.bootstrap])
    assert.equal(code, 0)
    assert.match(stdout, /Expected good, got 'bad-value'\n/)
    assert.match(stdout, new RegExp(`from ${tier.requestTopic} 0/3, client edge-2, id edge-2:2\n`))
    assert.match(
      stdout,
      new RegExp(`\n3 of 3 letters of ${tier.letters}\n +2 {2}DDNN_FRAME_SHAPE\n`),
    )
    assert.match(stdout, /Nothing was sent. 3 can be sent again, 0 cannot; --resend sends them\n$/)
  })

  test('are chosen by code, client, time, place and number', async () => {
    const idsOf = async (...flags: readonly string[]) =>
      (await runReplay(tier.letters, ...flags)).ids
    const all = await runReplay(tier.letters)
    assert.deepEqual(await idsOf('--code', 'DDNN_FRAME_VALUE,DDNN_OTHER'), ['edge-2:2'])
    const shapeOfTwo = ['--code', 'DDNN_FRAME_SHAPE', '--client', 'edge-2']
    assert.deepEqual(await idsOf(...shapeOfTwo), ['edge-2:1'])
    assert.deepEqual(await idsOf('--since', '1h', '--until', '2100-01-01'), all.ids)
    assert.deepEqual(await idsOf('--until', '1h'), [])
    assert.equal((await idsOf('--limit', '2')).length, 2)
    for (const { partition, offset, correlationId } of all.letters) {
      const place = ['--partition', String(partition), '--offset', `${offset}..${offset}`]
      assert.deepEqual(await idsOf(...place), [correlationId])
    }
    assert.deepEqual(await idsOf('--offset', '3..'), [])
  })

  test('a dry run sends nothing; --send makes the mended tier answer them, with a new budget', async () => {
    const before = await countOf(tier.requestTopic)
    const dry = await runReplay(tier.letters)
    assert.deepEqual([dry.summary.wouldSend, dry.summary.sent], [3, 0])
    assert.equal(await countOf(tier.requestTopic), before)
    tier.isMended = true
    const { code, summary } = await runReplay(tier.letters, '--send', '--timeout-ms', '20000')
    assert.equal(code, 0)
    assert.equal(summary.sent, 3)
    assert.equal(await countOf(tier.requestTopic), before + 3)
    await untilCount(tier.replyTopic, 4)
    const replies = await readTopic(kafka, tier.replyTopic, 4)
    const ids = replies.map(({ headers }) => headers['correlation-id']).sort()
    assert.deepEqual(ids, ['edge-1:1', ...dry.ids])
    assert.ok(
      replies.every(({ partition }) => partition === 1),
      'where the letters name',
    )
    const again = tier.seen.slice(-3)
    assert.ok(again.every(({ budgetMs = 0 }) => budgetMs > 10_000 && budgetMs <= 20_000))
    const records = await readTopic(kafka, tier.requestTopic, before + 3)
    const replayed = records.filter(({ headers }) => headers['ddnn-replays'] === '1')
    assert.equal(replayed.length, 3)
    for (const { headers } of replayed) {
      assert.deepEqual(
        Object.keys(headers).sort(),
        ['ddnn-replays', ...Object.keys(idHeaders('a:1'))].sort(),
      )
    }
    assert.equal(await countOf(tier.letters), 3, 'the letters stay, and none is new')
  })
})

test('a letter that comes back is counted, and stays after --max-replays', async () => {
  await withTier(async (tier) => {
    await send(tier.requestTopic, [{ id: 'edge:1', value: 'bad' }])
    await untilCount(tier.letters, 1)
    const last = ['--send', '--max-replays', '2']
    // Each time the youngest letter alone, so that there is one more of them.
    for (const replays of [0, 1]) {
      const found = (await runReplay(tier.letters)).letters.find((one) => one.replays === replays)
      assert.ok(found !== undefined)
      const place = ['--partition', `${found.partition}`, '--offset', found.offset]
      assert.equal((await runReplay(tier.letters, ...last, ...place)).code, 0)
      await untilCount(tier.letters, replays + 2)
    }
    const sent = await countOf(tier.requestTopic)
    const { letters } = await runReplay(tier.letters, '--max-replays', '2')
    const worn = letters.find(({ replays }) => replays === 2)
    assert.ok(worn !== undefined)
    assert.equal(worn.fate, 'kept')
    assert.match(worn.reason ?? '', /2 times/)
    const place = ['--partition', `${worn.partition}`, '--offset', worn.offset]
    const kept = await runReplay(tier.letters, ...last, ...place)
    assert.deepEqual([kept.code, kept.summary.kept], [1, 1])
    assert.equal(await countOf(tier.requestTopic), sent)
    tier.isMended = true
    assert.equal((await runReplay(tier.letters, ...last, ...place, '--force')).summary.sent, 1)
    await untilCount(tier.replyTopic, 1)
  })
})

test('a value that was too large for the letter is read where it came from, while it is there', async () => {
  await withTier(async (tier) => {
    const config = { 'max.message.bytes': '32768' }
    await createTopics(kafka, [tier.letters], { partitions: 1, config })
    const large = `bad ${'x'.repeat(100_000)}`
    await send(tier.requestTopic, [{ id: 'edge:1', value: large }])
    await untilCount(tier.letters, 1)
    const { letters } = await runReplay(tier.letters)
    assert.deepEqual([letters[0]?.fate, letters[0]?.valueFrom], ['would-send', 'origin'])
    assert.equal(letters[0]?.bytes, large.length)
    tier.isMended = true
    assert.equal((await runReplay(tier.letters, '--send')).summary.sent, 1)
    await untilCount(tier.replyTopic, 1)
    const [reply] = await readTopic(kafka, tier.replyTopic, 1)
    assert.equal(reply?.value.toString(), large)
    await withAdmin(kafka.bootstrap, async (admin) => {
      // kafkajs deletes only where it has asked for something before.
      await admin.fetchTopicOffsets(tier.requestTopic)
      const partitions = [{ partition: 0, offset: '1' }]
      await admin.deleteTopicRecords({ topic: tier.requestTopic, partitions })
    })
    const gone = await runReplay(tier.letters, '--send')
    assert.deepEqual([gone.code, gone.summary.sent, gone.summary.kept], [1, 0, 1])
    assert.match(gone.letters[0]?.reason ?? '', /no value, and offset 0 .* not there any more/)
  })
})

test('a record that no tier could read is said to be no more readable here', async () => {
  await withTier(async (tier) => {
    // Packed to 70 KB, 72 MB when unpacked: more than the tier unpacks, and than replay does.
    const bomb = { id: 'edge:1', value: Buffer.alloc(72 * 1024 * 1024) }
    assert.ok(gzipSync(bomb.value).length < 100_000)
    const messages = [{ value: bomb.value, headers: idHeaders(bomb.id), partition: 0 }]
    await producer.send({ topic: tier.requestTopic, messages, compression: 1 })
    await untilCount(tier.letters, 1)
    const { code, letters } = await runReplay(tier.letters, '--send')
    assert.equal(code, 1)
    assert.equal(letters[0]?.fate, 'kept')
    assert.equal(letters[0]?.bytes, null)
    assert.match(letters[0]?.reason ?? '', /cannot be read/)
  })
})

test("what is no letter, an original's, or names another topic is shown and kept", async () => {
  const requests = await createTestTopic(kafka, 'requests', { partitions: 1 })
  const letters = `${requests}_dlq`
  await createTopics(kafka, [letters], { partitions: 1 })
  const origin = { 'origin-partition': '0', 'origin-offset': '0', 'error-code': 'X' }
  await producer.send({
    topic: letters,
    messages: [
      { value: 'noise' },
      { value: '[[1]]', headers: { ...origin, 'origin-topic': requests } },
      { value: 'v', headers: { ...origin, ...idHeaders('a:1'), 'origin-topic': 'other' } },
      { value: null, headers: { ...origin, ...idHeaders('a:2'), 'origin-topic': requests } },
    ],
  })
  const kept = await runReplay(letters, '--send')
  assert.deepEqual([kept.code, kept.summary.kept, kept.summary.sent], [1, 4, 0])
  const reasons = kept.letters.map(({ reason }) => reason ?? '')
  assert.match(reasons[0] ?? '', /no dead letter/)
  assert.match(reasons[1] ?? '', /original/)
  assert.match(reasons[2] ?? '', /'other'/)
  assert.match(reasons[3] ?? '', /not there any more/)
  assert.deepEqual(kept.summary.codes, { X: 3, '(no dead letter)': 1 })
  assert.equal(await countOf(requests), 0)
  const elsewhere = await createTestTopic(kafka, 'elsewhere', { partitions: 1 })
  const given = await runReplay(letters, '--send', '--to', elsewhere, '--force')
  assert.equal(given.summary.sent, 2)
  const [first, second] = await readTopic(kafka, elsewhere, 2)
  assert.deepEqual([first?.value.toString(), first?.headers], ['[[1]]', { 'ddnn-replays': '1' }])
  assert.equal(second?.headers['correlation-id'], 'a:1')
})

describe('a run that is told to stop', () => {
  let requests: string
  before(async () => {
    requests = await createTestTopic(kafka, 'requests', { partitions: 1 })
    await createTopics(kafka, [`${requests}_dlq`], { partitions: 1 })
    const headers = { 'origin-topic': requests, 'error-code': 'X' }
    const messages = [1, 2, 3, 4, 5].map((n) => ({
      value: String(n),
      headers: { ...headers, ...idHeaders(`a:${n}`) },
    }))
    await producer.send({ topic: `${requests}_dlq`, messages })
  })

  test('finishes the letter under way and says where to go on', async () => {
    const line = parseCommandLine('replay', [`${requests}_dlq`], {})
    const config = readReplay(line.values, [], Date.now())
    const stop = new AbortController()
    const summary = await replay({
      ...config,
      kafka: {
        requestBrokers: kafka.bootstrap.split(','),
        clientId: 'test',
        log: createSilentLog(),
      },
      limit: undefined,
      isDryRun: false,
      timeoutMs: 20_000,
      maxReplays: 3,
      isForced: false,
      signal: stop.signal,
      onLetter: ({ offset }) => {
        if (offset === 1n) stop.abort()
      },
    })
    assert.match(summary.stopped ?? '', /interrupted/)
    assert.equal(summary.fates.sent, 2)
    assert.deepEqual([...summary.lastSent], [[0, 1n]])
    assert.equal(await countOf(requests), 2)
    const rest = await runReplay(`${requests}_dlq`, '--send', '--partition', '0', '--offset', '2..')
    assert.equal(rest.summary.sent, 3)
    const values = (await readTopic(kafka, requests, 5)).map(({ value }) => value.toString())
    assert.deepEqual(values, ['1', '2', '3', '4', '5'])
  })
})

test('wrong flags, a topic that is missing and brokers that do not answer end with 2 and a sentence', async () => {
  const fails = async (expected: RegExp, ...args: readonly string[]) => {
    const { code, stdout, stderr } = await runCli(['replay', ...args])
    assert.equal(code, 2, stdout + stderr)
    assert.match(stderr, expected)
    assert.equal(stdout, '')
  }
  const missing = `${randomName('nothing')}_dlq`
  await fails(/TOPIC_dlq to be given/)
  await fails(/--since to be a time ago/, 'a_dlq', '--since', 'x')
  await fails(/Expected topic '.*_dlq' at .*, got none/, missing, '--brokers', kafka.bootstrap)
  await fails(/DDNN_TRANSPORT_UNREACHABLE/, 'a_dlq', '--brokers', '127.0.0.1:1')
})
