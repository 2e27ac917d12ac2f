// Members of groups that come, freeze and fail: no request and no reply is lost, and the committed
// offset never falls.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createSilentLog } from '../../../src/telemetry/log.ts'
import { createMetrics, type Metrics } from '../../../src/telemetry/metrics/metrics.ts'
import { createKafkaTransport } from '../../../src/serving/transport/kafka/kafka-transport.ts'
import { createRequester } from '../../../src/serving/transport/requester.ts'
import type {
  BackLink,
  IncomingRequest,
  Requester,
} from '../../../src/serving/transport/transport.ts'
import type { AskerLine, AskerSettings } from '../../helpers/asker-process.ts'
import {
  randomName,
  startKafka,
  testClient,
  withAdmin,
  type TestKafka,
} from '../../helpers/kafka.ts'
import { until } from '../../helpers/until.ts'

let kafka: TestKafka
before(async () => {
  kafka = await startKafka()
})
after(() => kafka.stop())

const text = (value: Uint8Array) => Buffer.from(value).toString()

interface Topics {
  readonly requestTopic: string
  readonly replyTopic: string
}

const newTopics = (): Topics => ({
  requestTopic: randomName('requests'),
  replyTopic: randomName('replies'),
})

interface Opened<T> {
  readonly link: T
  readonly metrics: Metrics
  close(signal?: AbortSignal): Promise<void>
}

function newTransport(metrics: Metrics, sessionTimeoutMs = 10_000) {
  return createKafkaTransport({
    requestBrokers: kafka.bootstrap.split(','),
    clientId: 'groups-test',
    sessionTimeoutMs,
    log: createSilentLog(),
    metrics,
  })
}

function newBack(topics: Topics, groupId: string, maxInFlight = 50): Opened<BackLink> {
  const metrics = createMetrics()
  const transport = newTransport(metrics, 6000)
  const sizes = { maxRequestBytes: 1000, maxReplyBytes: 1000 }
  const link = transport.backLink({ ...topics, ...sizes, groupId, maxInFlight })
  return {
    link,
    metrics,
    async close(signal) {
      await link.close(signal)
      await transport.close()
    },
  }
}

async function openAsker(topics: Topics, maxInFlight = 100): Promise<Opened<Requester>> {
  const metrics = createMetrics()
  const transport = newTransport(metrics)
  const processId = randomName('asker')
  const sizes = { maxRequestBytes: 1000, maxReplyBytes: 1000 }
  const link = createRequester(
    transport.frontLink({ ...topics, ...sizes, processId, ordinal: undefined, replies: 'own' }),
    { processId, topic: topics.requestTopic, maxInFlight, log: createSilentLog(), metrics },
  )
  await link.open()
  return {
    link,
    metrics,
    async close() {
      await link.close()
      await transport.close()
    },
  }
}

async function countOf(metrics: Metrics, kind: string): Promise<number> {
  const { values } = await metrics.replies.get()
  return values.find(({ labels }) => labels.kind === kind)?.value ?? 0
}

/** Committed offsets of a group, by partition; -1 where there is none. */
async function committedOf(groupId: string, topic: string): Promise<Map<number, number>> {
  return withAdmin(kafka.bootstrap, async (admin) => {
    const [found] = await admin.fetchOffsets({ groupId, topics: [topic] })
    return new Map(found?.partitions.map(({ partition, offset }) => [partition, Number(offset)]))
  })
}

/** Looks at the committed offsets all the time; `falls` tells each one that became smaller. */
function watchCommits(groupId: string, topic: string) {
  const falls: string[] = []
  let isOver = false
  const admin = testClient(kafka.bootstrap).admin()
  const watching = (async () => {
    await admin.connect()
    const highest = new Map<number, number>()
    while (!isOver) {
      const [found] = await admin.fetchOffsets({ groupId, topics: [topic] })
      for (const { partition, offset } of found?.partitions ?? []) {
        const before = highest.get(partition) ?? -1
        if (Number(offset) < before) falls.push(`${partition}: ${before} -> ${offset}`)
        highest.set(partition, Math.max(before, Number(offset)))
      }
      await setTimeout(20)
    }
    await admin.disconnect()
  })()
  return {
    falls,
    async stop() {
      isOver = true
      await watching
    },
  }
}

test('a second replica joins with 20 requests in flight: nothing is lost, no commit falls', async () => {
  const topics = newTopics()
  const groupId = randomName('group')
  const first = newBack(topics, groupId)
  const second = newBack(topics, groupId)
  const asker = await openAsker(topics)
  const handled: Record<'first' | 'second', string[]> = { first: [], second: [] }
  let release = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  const serve = (who: 'first' | 'second') => async (request: IncomingRequest) => {
    handled[who].push(text(request.value))
    if (who === 'first') await held
    await request.reply(Buffer.from(`${text(request.value)} by ${who}`))
  }
  await first.link.open(serve('first'))
  const budgetMs = 60_000
  const ask = async (value: string) =>
    text((await asker.link.ask(Buffer.from(value), { budgetMs })).value)
  const commits = watchCommits(groupId, topics.requestTopic)
  const early = Array.from({ length: 20 }, (_, index) => ask(`e${index}`))
  await until('20 requests in flight', () => handled.first.length === 20)

  await second.link.open(serve('second'))
  const late = Array.from({ length: 20 }, (_, index) => ask(`l${index}`))
  await until('work at the second replica', () => handled.second.length > 0)
  await setTimeout(500)
  release()

  const answers = await Promise.all([...early, ...late])
  answers.forEach((answer, index) => {
    const value = index < 20 ? `e${index}` : `l${index - 20}`
    assert.match(answer, new RegExp(`^${value} by (first|second)$`))
  })
  for (const values of Object.values(handled)) {
    assert.equal(new Set(values).size, values.length, 'one process worked on a request twice')
  }
  assert.equal(await countOf(asker.metrics, 'matched'), 40)
  const total = handled.first.length + handled.second.length
  await until(
    'each second answer to be counted as a duplicate',
    async () => (await countOf(asker.metrics, 'duplicate')) === total - 40,
  )
  await until('everything to be committed', async () => {
    const committed = await committedOf(groupId, topics.requestTopic)
    const ends = await withAdmin(kafka.bootstrap, (admin) =>
      admin.fetchTopicOffsets(topics.requestTopic),
    )
    return ends.every(
      ({ partition, high }) => Math.max(0, committed.get(partition) ?? 0) === Number(high),
    )
  })
  await commits.stop()
  assert.deepEqual(commits.falls, [])
  await first.close()
  await second.close()
  await asker.close()
})

test('replicas that come and go under load lose nothing and never commit downwards', async () => {
  const topics = newTopics()
  const groupId = randomName('group')
  const asker = await openAsker(topics, 40)
  const open = async () => {
    const back = newBack(topics, groupId, 8)
    await back.link.open(async (request) => {
      await setTimeout(Number(text(request.value).slice(1)) % 30)
      await request.reply(request.value)
    })
    return back
  }
  const stable = await open()
  const commits = watchCommits(groupId, topics.requestTopic)
  let isOver = false
  const churn = (async () => {
    while (!isOver) {
      const passing = await open()
      await setTimeout(300)
      // Now and then one ends with its work undone.
      await passing.close(Math.random() < 0.5 ? AbortSignal.abort() : undefined)
    }
  })()
  const answers = await Promise.all(
    Array.from({ length: 700 }, async (_, index) => {
      const value = `n${index}`
      const reply = await asker.link.ask(Buffer.from(value), { budgetMs: 90_000 })
      return text(reply.value) === value
    }),
  )
  isOver = true
  await churn
  assert.ok(answers.every((isRight) => isRight))
  await until('everything to be committed', async () => {
    const committed = await committedOf(groupId, topics.requestTopic)
    return [...committed.values()].reduce((sum, one) => sum + Math.max(0, one), 0) === 700
  })
  await commits.stop()
  assert.deepEqual(commits.falls, [])
  await stable.close()
  await asker.close()
})

test('an asker that was frozen past its session gets all replies that were sent meanwhile', async () => {
  const topics = newTopics()
  const back = newBack(topics, randomName('group'))
  let release = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  let taken = 0
  let replied = 0
  await back.link.open(async (request) => {
    taken++
    await held
    await request.reply(Buffer.from(`${text(request.value)}!`))
    replied++
  })
  const processId = randomName('frozen')
  const settings: AskerSettings = {
    ...topics,
    bootstrap: kafka.bootstrap,
    processId,
    count: 5,
    budgetMs: 60_000,
    sessionTimeoutMs: 3000,
  }
  const script = fileURLToPath(new URL('../../helpers/asker-process.js', import.meta.url))
  const child = spawn(process.execPath, [script, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const lines: AskerLine[] = []
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(JSON.parse(line) as AskerLine)
    })
    await until('five requests', () => taken === 5, 30_000)
    child.kill('SIGSTOP')
    release()
    await until('five replies', () => replied === 5)
    // Longer than any session of a group: its place is its own, and no broker's to forget.
    await setTimeout(7000)
    child.kill('SIGCONT')
    await until('the end', () => lines.some(({ step }) => step === 'end'), 40_000)
    const answered = lines.filter(({ step }) => step === 'reply')
    assert.equal(answered.length, 5, JSON.stringify(lines))
    for (const { request, reply } of answered) assert.equal(reply, `${request}!`)
  } finally {
    child.kill('SIGKILL')
  }
  await back.close()
})

test('a front link misses no reply that is sent the moment it is open', async () => {
  const topics = newTopics()
  const sizes = { maxRequestBytes: 1000, maxReplyBytes: 1000 }
  const producer = testClient(kafka.bootstrap).producer()
  await producer.connect()
  for (let round = 0; round < 5; round++) {
    const transport = newTransport(createMetrics())
    const processId = randomName('p')
    const front = transport.frontLink({
      ...topics,
      ...sizes,
      processId,
      ordinal: round,
      replies: 'own',
    })
    const replies: string[] = []
    await front.open(({ value }) => replies.push(text(value)))
    const messages = [{ value: `round ${round}`, partition: round }]
    await producer.send({ topic: topics.replyTopic, messages })
    await until('the reply', () => replies.length > 0, 5000)
    assert.deepEqual(replies, [`round ${round}`])
    await front.close()
    await transport.close()
  }
  await producer.disconnect()
})

test('a member that reads its partitions again does not answer done requests again', async () => {
  const topics = newTopics()
  const groupId = randomName('group')
  const first = newBack(topics, groupId)
  const asker = await openAsker(topics)
  let handled = 0
  await first.link.open(async (request) => {
    handled++
    // The first of each partition is never done, so nothing after it can be committed.
    if (text(request.value) === 'stuck') await new Promise(() => {})
    await request.reply(request.value)
  })
  void asker.link.ask(Buffer.from('stuck'), { budgetMs: 60_000 }).catch(() => undefined)
  await until('the stuck one', () => handled === 1)
  for (let i = 0; i < 40; i++) await asker.link.ask(Buffer.from(`n${i}`), { budgetMs: 20_000 })
  assert.equal(handled, 41)
  // A second member joins and leaves: the first gets everything past the committed offset again.
  const second = newBack(topics, groupId)
  await second.link.open(() => new Promise(() => {}))
  await second.close(AbortSignal.abort())
  await asker.link.ask(Buffer.from('after'), { budgetMs: 30_000 })
  await setTimeout(500)
  const duplicates = await countOf(asker.metrics, 'duplicate')
  // What the first did in partitions that it kept is not done again; at most those that moved are.
  assert.ok(duplicates < 40, `${duplicates} of 40 were answered again`)
  assert.equal(handled, 42 + duplicates)
  await first.close(AbortSignal.abort())
  await asker.close()
})

test('the lag of the partitions that a member reads is counted', async () => {
  const topics = newTopics()
  const groupId = randomName('group')
  const back = newBack(topics, groupId, 2)
  let release = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  await back.link.open(() => held)
  const asker = await openAsker(topics)
  for (let i = 0; i < 10; i++) {
    void asker.link.ask(Buffer.from(`n${i}`), { budgetMs: 60_000 }).catch(() => undefined)
  }
  const lag = async () =>
    (await back.metrics.lag.get()).values.reduce((sum, { value }) => sum + value, 0)
  await until('a lag of ten', async () => (await lag()) === 10, 30_000)
  release()
  await until('no lag', async () => (await lag()) === 0, 30_000)
  await back.close()
  assert.deepEqual((await back.metrics.lag.get()).values, [])
  await asker.close()
})
