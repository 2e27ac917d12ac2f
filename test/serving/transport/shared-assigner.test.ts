// Who gets which partitions when members of one group read different topics, as deployments of one name
// on one cluster do; over a real Kafka.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createSilentLog } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics/metrics.ts'
import { createKafkaTransport } from '../../../src/serving/transport/kafka/kafka-transport.ts'
import { createRequester } from '../../../src/serving/transport/requester.ts'
import { randomName, startKafka, withAdmin, type TestKafka } from '../../helpers/kafka.ts'

let kafka: TestKafka
before(async () => {
  kafka = await startKafka()
})
after(() => kafka.stop())

const sizes = { maxRequestBytes: 1000, maxReplyBytes: 1000 }

interface Topics {
  readonly requestTopic: string
  readonly replyTopic: string
}

const newTopics = (): Topics => ({
  requestTopic: randomName('requests'),
  replyTopic: randomName('replies'),
})

const newTransport = () =>
  createKafkaTransport({
    requestBrokers: kafka.bootstrap.split(','),
    clientId: 'shared-test',
    partitions: 8,
    log: createSilentLog(),
    metrics: createMetrics(),
  })

/** A member of the group that answers with its own name, and counts. */
async function openMember(topics: Topics, groupId: string, name: string) {
  const transport = newTransport()
  const link = transport.backLink({ ...topics, ...sizes, groupId, maxInFlight: 10 })
  let served = 0
  await link.open(async (request) => {
    served++
    await request.reply(Buffer.from(name))
  })
  return {
    served: () => served,
    async close() {
      await link.close()
      await transport.close()
    },
  }
}

/** Who answers `count` requests, each name once. */
async function askAll(topics: Topics, count: number): Promise<readonly string[]> {
  const transport = newTransport()
  const processId = randomName('asker')
  const requester = createRequester(
    transport.frontLink({ ...topics, ...sizes, processId, ordinal: undefined, replies: 'own' }),
    {
      processId,
      topic: topics.requestTopic,
      maxInFlight: 10,
      log: createSilentLog(),
      metrics: createMetrics(),
    },
  )
  await requester.open()
  const answers = []
  for (let i = 0; i < count; i++) {
    answers.push(requester.ask(Buffer.from(String(i)), { budgetMs: 15_000 }))
  }
  const replies = await Promise.all(answers)
  await requester.close()
  await transport.close()
  return [...new Set(replies.map(({ value }) => Buffer.from(value).toString()))].sort()
}

test('members of one group that read different topics each get all of their own', async () => {
  const groupId = randomName('group')
  const [one, two] = [newTopics(), newTopics()]
  const first = await openMember(one, groupId, 'first')
  const second = await openMember(two, groupId, 'second')
  assert.deepEqual(await askAll(one, 60), ['first'])
  assert.deepEqual(await askAll(two, 60), ['second'])

  // Replicas go on sharing their own topic.
  const third = await openMember(two, groupId, 'third')
  assert.deepEqual(await askAll(two, 60), ['second', 'third'])
  assert.deepEqual(await askAll(one, 60), ['first'])

  // The leader, which joined first, leaves; and a topic that a member still reads goes away.
  await first.close()
  assert.deepEqual(await askAll(two, 60), ['second', 'third'])
  await second.close()
  await withAdmin(kafka.bootstrap, (admin) => admin.deleteTopics({ topics: [one.requestTopic] }))
  assert.deepEqual(await askAll(two, 60), ['third'])
  assert.equal(third.served() > 60, true)
  await third.close()
})

test('a topic of another member that was deleted keeps nobody from the rest', async () => {
  const groupId = randomName('group')
  const [one, two] = [newTopics(), newTopics()]
  const leader = await openMember(one, groupId, 'leader')
  const orphan = await openMember(two, groupId, 'orphan')
  await withAdmin(kafka.bootstrap, (admin) => admin.deleteTopics({ topics: [two.requestTopic] }))
  const late = await openMember(one, groupId, 'late')
  assert.deepEqual(await askAll(one, 60), ['late', 'leader'])
  await Promise.all([late.close(), leader.close(), orphan.close()])
})
