// Topics, sizes and brokers that are not there: what an opening link makes, checks and says.
import assert from 'node:assert/strict'
import { createServer, type AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import kafkajs from 'kafkajs'
import { TransportError } from '../../../src/errors.ts'
import { createSilentLog } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics/metrics.ts'
import {
  createKafkaTransport,
  type KafkaTransportOptions,
} from '../../../src/serving/transport/kafka/kafka-transport.ts'
import type { BackLinkOptions } from '../../../src/serving/transport/transport.ts'
import {
  createTestTopic,
  randomName,
  startKafka,
  withAdmin,
  type TestKafka,
} from '../../helpers/kafka.ts'
import { createLogSink } from '../../helpers/log-sink.ts'
import { until } from '../../helpers/until.ts'

let kafka: TestKafka
before(async () => {
  kafka = await startKafka()
})
after(() => kafka.stop())

/** Opens a back link and closes all again; rejects as `open` does. */
async function openBack(
  link: Partial<BackLinkOptions>,
  options: Partial<KafkaTransportOptions> = {},
): Promise<void> {
  const transport = createKafkaTransport({
    requestBrokers: kafka.bootstrap.split(','),
    clientId: 'topics-test',
    log: createSilentLog(),
    metrics: createMetrics(),
    ...options,
  })
  const back = transport.backLink({
    requestTopic: randomName('requests'),
    replyTopic: randomName('replies'),
    groupId: randomName('group'),
    maxInFlight: 4,
    maxRequestBytes: 1000,
    maxReplyBytes: 1000,
    ...link,
  })
  try {
    await back.open(() => Promise.resolve())
  } finally {
    await back.close()
    await transport.close()
  }
}

async function refusal(promise: Promise<void>): Promise<TransportError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof TransportError, `got ${String(error)}`)
  return error
}

test('missing topics are made with partitions, broker times and room for the largest record', async () => {
  const requestTopic = randomName('requests')
  const replyTopic = randomName('replies')
  await openBack({ requestTopic, replyTopic, maxRequestBytes: 40_000_000 }, { partitions: 5 })
  await withAdmin(kafka.bootstrap, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [requestTopic, replyTopic] })
    for (const topic of topics) {
      assert.equal(topic.partitions.length, 5)
      assert.equal(topic.partitions[0]?.replicas.length, 1)
    }
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [requestTopic, replyTopic].map((name) => ({
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name,
      })),
    })
    const config = (index: number, name: string) =>
      resources[index]?.configEntries.find((entry) => entry.configName === name)?.configValue
    assert.equal(config(0, 'message.timestamp.type'), 'LogAppendTime')
    assert.equal(config(1, 'message.timestamp.type'), 'LogAppendTime')
    assert.ok(Number(config(0, 'max.message.bytes')) > 40_000_000)
    assert.ok(Number(config(1, 'max.message.bytes')) >= 16 * 1024 * 1024)
    // The dead letters' topic waits for the first of them.
    assert.ok(!(await admin.listTopics()).includes(`${requestTopic}_dlq`))
  })
})

test('two processes that need the same missing topics at once both get them', async () => {
  const topics = { requestTopic: randomName('requests'), replyTopic: randomName('replies') }
  await Promise.all([openBack(topics), openBack(topics), openBack(topics)])
})

test('missing topics that are not to be made are refused, with the command that makes them', async () => {
  const requestTopic = randomName('requests')
  const error = await refusal(openBack({ requestTopic }, { createTopics: false }))
  assert.equal(error.code, 'DDNN_TRANSPORT_REFUSED')
  assert.match(error.message, new RegExp(`'${requestTopic}'`))
  assert.match(error.hint ?? '', /kafka-topics .*--create/)
  const topics = await withAdmin(kafka.bootstrap, (admin) => admin.listTopics())
  assert.ok(!topics.includes(requestTopic))
})

test('a topic that takes only small messages is refused with both numbers and the fix', async () => {
  const requestTopic = await createTestTopic(kafka, 'small', {
    config: { 'max.message.bytes': '20000' },
  })
  const error = await refusal(openBack({ requestTopic, maxRequestBytes: 1_000_000 }))
  assert.equal(error.code, 'DDNN_TRANSPORT_REFUSED')
  for (const part of [requestTopic, '20000', '1004096', /message\.max\.bytes is \d+/]) {
    assert.match(error.message, new RegExp(part))
  }
  assert.equal(
    error.hint,
    `Run kafka-configs --bootstrap-server ${kafka.bootstrap} --alter --entity-type topics ` +
      `--entity-name ${requestTopic} --add-config max.message.bytes=1004096`,
  )
  // What the hint says is enough, once the broker has heard of it.
  const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: requestTopic }
  const configEntries = [{ name: 'max.message.bytes', value: '1004096' }]
  await withAdmin(kafka.bootstrap, async (admin) => {
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ ...resource, configEntries }],
    })
    await until('the new limit', async () => {
      const asked = { includeSynonyms: false, resources: [resource] }
      const { resources } = await admin.describeConfigs(asked)
      const entries = resources[0]?.configEntries ?? []
      return entries.some(({ configValue }) => configValue === '1004096')
    })
  })
  await openBack({ requestTopic, maxRequestBytes: 1_000_000 })
})

test('a small reply topic is refused too', async () => {
  const replyTopic = await createTestTopic(kafka, 'small', {
    config: { 'max.message.bytes': '2000' },
  })
  const error = await refusal(openBack({ replyTopic }))
  assert.equal(error.code, 'DDNN_TRANSPORT_REFUSED')
  assert.match(error.message, new RegExp(`'${replyTopic}'.* 5096 bytes.* 2000 `))
})

test('a record that is larger than said is refused when it is sent', async () => {
  const requestTopic = await createTestTopic(kafka, 'small', {
    config: { 'max.message.bytes': '20000' },
  })
  const transport = createKafkaTransport({
    requestBrokers: kafka.bootstrap.split(','),
    clientId: 'topics-test',
    log: createSilentLog(),
    metrics: createMetrics(),
  })
  const front = transport.frontLink({
    requestTopic,
    replyTopic: randomName('replies'),
    processId: 'p',
    ordinal: 0,
    replies: 'own',
    maxRequestBytes: 100,
    maxReplyBytes: 100,
  })
  await front.open(() => {})
  await assert.rejects(front.send({ value: Buffer.alloc(30_000) }), {
    code: 'DDNN_FRAME_TOO_LARGE',
  })
  await front.close()
  await transport.close()
})

/** A port of this machine that nobody listens at. */
async function deadPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

test('an unknown broker is an error within 10 s that names hosts and flags, in few lines', async () => {
  const hosts = [`127.0.0.1:${await deadPort()}`, `127.0.0.1:${await deadPort()}`]
  const { log, lines } = createLogSink()
  const startedAt = performance.now()
  const error = await refusal(openBack({}, { requestBrokers: hosts, side: 'back', log }))
  // The limit is a promise of the command line, with some room for a busy machine.
  assert.ok(performance.now() - startedAt < 13_000)
  assert.equal(error.code, 'DDNN_TRANSPORT_UNREACHABLE')
  assert.equal(error.retriable, true)
  assert.match(error.message, new RegExp(hosts.join(',')))
  assert.match(error.message, /--producer-back, --consumer-back/)
  assert.match(error.message, /ECONNREFUSED/)
  assert.ok(lines.length <= 2, lines.map(({ msg }) => msg).join('\n'))
})

test('replies over a cluster that does not answer name the other flag', async () => {
  const replyBrokers = [`127.0.0.1:${await deadPort()}`]
  const options = { replyBrokers, side: 'back', startTimeoutMs: 1500 } as const
  const error = await refusal(openBack({}, options))
  assert.equal(error.code, 'DDNN_TRANSPORT_UNREACHABLE')
  assert.match(error.message, /\(--producer-back\)/)
})

test('a port that takes connections and says nothing is an error within the start time-out', async () => {
  const silent = createServer((socket) => socket.resume())
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as AddressInfo
  const options = { requestBrokers: [`127.0.0.1:${port}`], startTimeoutMs: 2000 }
  const error = await refusal(openBack({}, options))
  assert.equal(error.code, 'DDNN_TRANSPORT_UNREACHABLE')
  silent.close()
})

test('TLS towards a broker without it, and a login it does not know, are errors', async () => {
  const tls = await refusal(openBack({}, { ssl: true, startTimeoutMs: 3000 }))
  assert.equal(tls.code, 'DDNN_TRANSPORT_UNREACHABLE')
  const sasl = { mechanism: 'plain', username: 'user', password: 'secret' } as const
  const login = await refusal(openBack({}, { sasl, startTimeoutMs: 3000 }))
  assert.match(login.code, /^DDNN_TRANSPORT_(REFUSED|UNREACHABLE)$/)
  assert.doesNotMatch(login.message, /secret/)
})

test('a topic that is made beside one of a close name is told once, its own partner is not', async () => {
  const meant = await createTestTopic(kafka, 'device-to-edge', { partitions: 1 })
  const typed = meant.replace('edge', 'egde')
  const { log, lines } = createLogSink()
  await openBack({ requestTopic: typed, replyTopic: `${typed}s` }, { log, partitions: 1 })
  const told = lines.map(({ msg }) => msg).filter((msg) => msg.startsWith('made topic'))
  assert.ok(told.includes(`made topic '${typed}', although '${meant}' is there: mistyped?`))
  assert.ok(!told.some((msg) => msg.includes(`although '${typed}`)), told.join('\n'))
})

test('a missing topic that may not be made is refused, with the one that was meant', async () => {
  const meant = await createTestTopic(kafka, 'from_device', { partitions: 1 })
  const requestTopic = meant.replaceAll('_', '-')
  const error = await refusal(openBack({ requestTopic }, { createTopics: false }))
  assert.equal(error.code, 'DDNN_TRANSPORT_REFUSED')
  assert.match(error.message, new RegExp(`got none; did you mean '${meant}'\\?$`))
})
