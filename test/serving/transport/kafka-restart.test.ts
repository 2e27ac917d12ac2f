// Brokers that go away and come back while links are open, and requests and replies on two clusters.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createSilentLog } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics/metrics.ts'
import { createKafkaTransport } from '../../../src/serving/transport/kafka/kafka-transport.ts'
import { createRequester } from '../../../src/serving/transport/requester.ts'
import type { IncomingRequest } from '../../../src/serving/transport/transport.ts'
import { randomName, startKafka, withAdmin, type TestKafka } from '../../helpers/kafka.ts'
import { createLogSink } from '../../helpers/log-sink.ts'
import { until } from '../../helpers/until.ts'

let own: TestKafka
before(async () => {
  own = await startKafka({ own: true })
})
after(() => own.stop())

const text = (value: Uint8Array) => Buffer.from(value).toString()
const sizes = { maxRequestBytes: 1000, maxReplyBytes: 1000 }

async function openPair(options: {
  readonly requestBrokers: readonly string[]
  readonly replyBrokers?: readonly string[]
}) {
  const { log, lines } = createLogSink()
  const metrics = createMetrics()
  const topics = { requestTopic: randomName('requests'), replyTopic: randomName('replies') }
  const common = { ...options, clientId: 'restart-test', metrics }
  const backTransport = createKafkaTransport({ ...common, log, side: 'back' })
  const frontTransport = createKafkaTransport({ ...common, log: createSilentLog() })
  const back = backTransport.backLink({ ...topics, ...sizes, groupId: 'g', maxInFlight: 4 })
  const seen: IncomingRequest[] = []
  await back.open(async (request) => {
    seen.push(request)
    await request.reply(Buffer.from(`${text(request.value)}!`))
  })
  const processId = randomName('asker')
  const requester = createRequester(
    frontTransport.frontLink({ ...topics, ...sizes, processId, ordinal: 0, replies: 'own' }),
    { processId, topic: topics.requestTopic, maxInFlight: 10, log: createSilentLog(), metrics },
  )
  await requester.open()
  return {
    ...topics,
    back,
    requester,
    lines,
    seen,
    ask: async (value: string, budgetMs = 30_000) =>
      text((await requester.ask(Buffer.from(value), { budgetMs })).value),
    async close() {
      await requester.close()
      await frontTransport.close()
      await back.close()
      await backTransport.close()
    },
  }
}

test('links survive a broker that is killed and started again, and say so once each', async () => {
  const broker = own.brokers[0]
  assert.ok(broker !== undefined)
  const pair = await openPair({ requestBrokers: own.bootstrap.split(',') })
  assert.equal(await pair.ask('before'), 'before!')
  await broker.kill()
  await until('both links to be unready', () => {
    return !pair.back.state.ready && !pair.requester.state.ready
  })
  // Out of its group is what a link may see first; that no broker answers, the next look tells.
  await until('the reason to name the brokers and the flags', () =>
    /no broker answers at .*--consumer-back/.test(pair.back.state.reason ?? ''),
  )
  // Sent while there is no broker, answered when there is one.
  const during = pair.ask('during', 90_000)
  await assert.rejects(pair.ask('too short', 1000), { code: 'DDNN_TRANSPORT_UNREACHABLE' })
  await broker.start()
  await own.ready()
  assert.equal(await during, 'during!')
  await until(
    'both links to be ready',
    () => pair.back.state.ready && pair.requester.state.ready,
    60_000,
  )
  assert.equal(await pair.ask('after'), 'after!')
  const warnings = pair.lines.filter(({ level }) => level >= 40)
  assert.equal(warnings.length, 1, pair.lines.map(({ msg }) => msg).join('\n'))
  assert.match(warnings[0]?.msg ?? '', /no broker answers/)
  assert.ok(pair.lines.some(({ msg }) => msg.includes('answer again')))
  await pair.close()
})

test('requests and replies may travel over different clusters', async () => {
  const other = await startKafka({ own: true })
  try {
    const pair = await openPair({
      requestBrokers: own.bootstrap.split(','),
      replyBrokers: other.bootstrap.split(','),
    })
    assert.equal(await pair.ask('across'), 'across!')
    const topicsOf = (kafka: TestKafka) => withAdmin(kafka.bootstrap, (admin) => admin.listTopics())
    assert.ok((await topicsOf(own)).includes(pair.requestTopic))
    assert.ok(!(await topicsOf(own)).includes(pair.replyTopic))
    assert.ok((await topicsOf(other)).includes(pair.replyTopic))
    await pair.close()
  } finally {
    await other.stop()
  }
})
