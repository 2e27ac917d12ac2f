// What changes at the brokers while links are open, who else is there, and what brokers refuse.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import { TransportError } from '../../../src/errors.ts'
import { createMetrics } from '../../../src/telemetry/metrics/metrics.ts'
import { createKafkaTransport } from '../../../src/serving/transport/kafka/kafka-transport.ts'
import { createRequester } from '../../../src/serving/transport/requester.ts'
import type { FrontLink, IncomingReply } from '../../../src/serving/transport/transport.ts'
import { createTestTopic, randomName, startKafka, withAdmin } from '../../helpers/kafka.ts'
import type { TestKafka } from '../../helpers/kafka.ts'
import { createLogSink } from '../../helpers/log-sink.ts'
import { until } from '../../helpers/until.ts'

let kafka: TestKafka
before(async () => {
  kafka = await startKafka()
})
after(() => kafka.stop())

const sizes = { maxRequestBytes: 1000, maxReplyBytes: 1000 }
const text = (value: Uint8Array) => Buffer.from(value).toString()

interface Topics {
  readonly requestTopic: string
  readonly replyTopic: string
}

const newTopics = (): Topics => ({
  requestTopic: randomName('requests'),
  replyTopic: randomName('replies'),
})

function newTransport(bootstrap: string) {
  const { log, lines } = createLogSink()
  const metrics = createMetrics()
  const transport = createKafkaTransport({
    requestBrokers: bootstrap.split(','),
    clientId: 'changes-test',
    sessionTimeoutMs: 6000,
    log,
    metrics,
  })
  return { transport, log, lines, metrics }
}

async function openEcho(topics: Topics) {
  const { transport } = newTransport(kafka.bootstrap)
  const link = transport.backLink({
    ...topics,
    ...sizes,
    groupId: randomName('group'),
    maxInFlight: 4,
  })
  await link.open((request) => request.reply(Buffer.from(`${text(request.value)}!`)))
  return async () => {
    await link.close()
    await transport.close()
  }
}

function newRequester(topics: Topics, ordinal: number) {
  const { transport, log, metrics } = newTransport(kafka.bootstrap)
  const processId = randomName('asker')
  const link = transport.frontLink({ ...topics, ...sizes, processId, ordinal, replies: 'own' })
  const requester = createRequester(link, {
    processId,
    topic: topics.requestTopic,
    maxInFlight: 4,
    log,
    metrics,
  })
  return {
    open: () => requester.open(),
    ask: async (value: string) =>
      text((await requester.ask(Buffer.from(value), { budgetMs: 30_000 })).value),
    async close() {
      await requester.close()
      await transport.close()
    },
  }
}

function newJsonFront(topics: Topics) {
  const { transport, lines } = newTransport(kafka.bootstrap)
  const link: FrontLink = transport.frontLink({
    ...topics,
    ...sizes,
    processId: randomName('asker'),
    ordinal: undefined,
    replies: 'all',
  })
  return {
    link,
    lines,
    async close() {
      await link.close()
      await transport.close()
    },
  }
}

test('of two processes that read all replies of a topic the second is refused, while the first lives', async () => {
  const topics = newTopics()
  const closeEcho = await openEcho(topics)
  const first = newJsonFront(topics)
  const second = newJsonFront(topics)
  const replies: IncomingReply[] = []
  await first.link.open((reply) => replies.push(reply))
  await assert.rejects(
    second.link.open(() => undefined),
    {
      code: 'DDNN_TRANSPORT_REFUSED',
      message: new RegExp(`'${topics.replyTopic}'.* got another process there`),
      hint: /its own topics/,
    },
  )
  await second.close()
  await first.link.send({ value: Buffer.from('[1]') })
  await until('the reply', () => replies.length === 1)
  assert.equal(first.link.state.ready, true)
  await first.close()

  const third = newJsonFront(topics)
  await third.link.open(() => undefined)
  await third.close()
  await closeEcho()
})

test('partitions that were added to a reply topic are replied to', async () => {
  const topics = newTopics()
  const closeEcho = await openEcho(topics)
  await withAdmin(kafka.bootstrap, (admin) =>
    admin.createPartitions({ topicPartitions: [{ topic: topics.replyTopic, count: 12 }] }),
  )
  const late = newRequester(topics, 11)
  await until('the new partitions to be known', async () => {
    const ends = await withAdmin(kafka.bootstrap, (admin) =>
      admin.fetchTopicOffsets(topics.replyTopic).catch(() => []),
    )
    return ends.length === 12
  })
  await late.open()
  assert.equal(await late.ask('x'), 'x!')
  await late.close()
  await closeEcho()
})

test('a reply topic that is deleted and made anew carries replies again', async () => {
  const topics = newTopics()
  const closeEcho = await openEcho(topics)
  const asker = newRequester(topics, 0)
  await asker.open()
  for (let i = 0; i < 20; i++) await asker.ask(`before ${i}`)
  await withAdmin(kafka.bootstrap, (admin) => admin.deleteTopics({ topics: [topics.replyTopic] }))
  await until('the topic to be gone', async () => {
    const names = await withAdmin(kafka.bootstrap, (admin) => admin.listTopics())
    return !names.includes(topics.replyTopic)
  })
  await withAdmin(kafka.bootstrap, (admin) =>
    admin.createTopics({
      topics: [{ topic: topics.replyTopic, numPartitions: 8 }],
      // The broker may still tell of the one that was deleted.
      waitForLeaders: false,
    }),
  )
  assert.equal(await asker.ask('after'), 'after!')
  await asker.close()
  await closeEcho()
})

test('a handler that fails for good is tried a few times, logged, and holds nothing up', async () => {
  const topics = newTopics()
  const { transport, lines } = newTransport(kafka.bootstrap)
  const link = transport.backLink({ ...topics, ...sizes, groupId: randomName('g'), maxInFlight: 4 })
  const tries: string[] = []
  await link.open((request) => {
    tries.push(text(request.value))
    if (text(request.value) === 'bad') {
      return Promise.reject(new TransportError('DDNN_TRANSPORT_REFUSED', 'Expected x'))
    }
    return Promise.resolve()
  })
  const front = newJsonFront(topics)
  await front.link.open(() => undefined)
  await front.link.send({ value: Buffer.from('bad') })
  await until('the request to be given up', () => lines.some(({ level }) => level === 50), 30_000)
  assert.equal(tries.length, 4)
  assert.equal(lines.filter(({ level }) => level === 40).length, 1)
  await front.link.send({ value: Buffer.from('good') })
  await until('the next request', () => tries.includes('good'))
  await setTimeout(1000)
  assert.equal(tries.length, 5)
  await front.close()
  await link.close()
  await transport.close()
})

test('a group and a dead-letter topic that are forbidden are refused at once, and dropped', async () => {
  const guarded = await startKafka({
    config: {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'allow.everyone.if.no.acl.found': 'true',
    },
  })
  const topics = newTopics()
  const deadLetters = `${topics.requestTopic}_dlq`
  await createTestTopic(guarded)
  const { AclResourceTypes, AclOperationTypes, AclPermissionTypes, ResourcePatternTypes } = kafkajs
  const { GROUP } = AclResourceTypes
  const acl = (
    resourceType: number,
    resourceName: string,
    operation: number,
    permissionType = AclPermissionTypes.DENY,
  ) => ({
    resourceType,
    resourceName,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: 'User:ANONYMOUS',
    host: '*',
    operation,
    permissionType,
  })
  await withAdmin(guarded.bootstrap, (admin) =>
    admin.createAcls({
      acl: [
        // Not even to be looked up.
        acl(GROUP, `ddnn-json-front.${topics.replyTopic}`, AclOperationTypes.ALL),
        acl(GROUP, 'forbidden', AclOperationTypes.READ),
        acl(GROUP, 'forbidden', AclOperationTypes.DESCRIBE, AclPermissionTypes.ALLOW),
        acl(AclResourceTypes.TOPIC, deadLetters, AclOperationTypes.WRITE),
        acl(
          AclResourceTypes.TOPIC,
          deadLetters,
          AclOperationTypes.DESCRIBE,
          AclPermissionTypes.ALLOW,
        ),
        acl(
          AclResourceTypes.TOPIC,
          deadLetters,
          AclOperationTypes.CREATE,
          AclPermissionTypes.ALLOW,
        ),
      ],
    }),
  )
  const { transport, lines } = newTransport(guarded.bootstrap)
  const front = (replies: 'own' | 'all') =>
    transport.frontLink({ ...topics, ...sizes, processId: 'p', ordinal: 0, replies })
  const forbidden = front('all')
  await assert.rejects(
    forbidden.open(() => undefined),
    {
      code: 'DDNN_TRANSPORT_REFUSED',
      message: /the group 'ddnn-json-front.* got GROUP_AUTHORIZATION/,
    },
  )
  await forbidden.close()
  const back = (groupId: string) =>
    transport.backLink({ ...topics, ...sizes, groupId, maxInFlight: 4 })
  const outside = back('forbidden')
  await assert.rejects(
    outside.open(() => Promise.resolve()),
    { code: 'DDNN_TRANSPORT_REFUSED', message: /the group 'forbidden', got GROUP_AUTHORIZATION/ },
  )
  await outside.close()

  const link = back('allowed')
  let done = 0
  await link.open(async (request) => {
    await request.putAside({ code: 'DDNN_FRAME_SHAPE', message: 'bad' })
    done++
  })
  const asker = front('own')
  await asker.open(() => undefined)
  for (let i = 0; i < 3; i++) await asker.send({ value: Buffer.from('x'), correlationId: `p:${i}` })
  await until('three requests to be done', () => done === 3)
  const dropped = lines.filter(({ msg }) => msg.includes('dead letters are dropped'))
  assert.equal(dropped.length, 1)
  await asker.close()
  await link.close()
  await transport.close()
  await guarded.stop()
})
