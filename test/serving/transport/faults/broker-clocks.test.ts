// The clocks of two brokers are a minute apart. Both brokers here have this machine's, so the times of one are
// shifted where its answers come in: what it says of records it took, and what stands in those it gives.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { createSilentLog } from '../../../../src/telemetry/log.ts'
import { createMetrics } from '../../../../src/telemetry/metrics/metrics.ts'
import { BrokerClocks } from '../../../../src/serving/transport/kafka/cluster/broker-clocks.ts'
import { KafkaCluster } from '../../../../src/serving/transport/kafka/cluster/kafka-cluster.ts'
import { TopicMap } from '../../../../src/serving/transport/kafka/cluster/topic-map.ts'
import { createKafkaJsClient } from '../../../../src/serving/transport/kafka/kafkajs/client.ts'
import * as groupBytes from '../../../../src/serving/transport/kafka/kafkajs/group-bytes.ts'
import { viewCluster } from '../../../../src/serving/transport/kafka/kafkajs/view-cluster.ts'
import type { LinkContext } from '../../../../src/serving/transport/kafka/link-context.ts'
import type { Channel, KafkaClient } from '../../../../src/serving/transport/kafka/port.ts'
import { KafkaBackLink } from '../../../../src/serving/transport/kafka/requests/back-link.ts'
import type { IncomingRequest } from '../../../../src/serving/transport/transport.ts'
import {
  createTopics,
  randomName,
  startKafka,
  testClient,
  withAdmin,
  type TestKafka,
} from '../../../helpers/kafka.ts'
import { until } from '../../../helpers/until.ts'
import { seal } from '../records/batches.ts'

let kafka: TestKafka
before(async () => void (kafka = await startKafka({ brokers: 2 })))
after(() => kafka.stop())

/** A node, and how far its clock is ahead, milliseconds. */
interface Shift {
  readonly node: number
  readonly byMs: number
}

function shiftedClient(client: KafkaClient, shift: Shift): KafkaClient {
  return {
    channel: () => shiftedChannel(client.channel(), shift),
    connectAdmin: () => client.connectAdmin(),
    destroy: () => client.destroy(),
  }
}

function shiftedChannel(channel: Channel, { node, byMs }: Shift): Channel {
  const shifted: Pick<Channel, 'produce' | 'fetch'> = {
    async produce(to, batches) {
      const outcomes = await channel.produce(to, batches)
      return outcomes.map((one) =>
        to === node && one.isTaken && one.appendTimeMs > 0
          ? { ...one, appendTimeMs: one.appendTimeMs + byMs }
          : one,
      )
    },
    async fetch(from, request) {
      const fetched = await channel.fetch(from, request)
      if (from === node) for (const { records } of fetched) shiftBatches(records, byMs)
      return fetched
    },
  }
  return new Proxy(channel, {
    get(target, name) {
      const own: unknown = Reflect.get(shifted, name)
      if (own !== undefined) return own
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

/** The two times in the head of each batch. */
function shiftBatches(records: Buffer, byMs: number): void {
  for (let at = 0; at + 61 <= records.length;) {
    const end = at + 12 + records.readInt32BE(at + 8)
    if (end > records.length) return
    for (const field of [27, 35]) {
      const time = records.readBigInt64BE(at + field)
      records.writeBigInt64BE(time + BigInt(byMs), at + field)
    }
    seal(records.subarray(at, end))
    at = end
  }
}

function openContext(shift: Shift): LinkContext & { readonly close: () => Promise<void> } {
  const log = createSilentLog()
  const brokers = kafka.bootstrap.split(',')
  const cluster = new KafkaCluster({
    place: { hosts: kafka.bootstrap, flag: '' },
    login: { brokers, clientId: 'clock-test', ssl: undefined, sasl: undefined, log },
    createClient: (login, onClosed) => shiftedClient(createKafkaJsClient(login, onClosed), shift),
    viewCluster,
    startTimeoutMs: 10_000,
    log,
  })
  return {
    requests: cluster,
    replies: cluster,
    policy: { partitions: 1, replication: 1, createTopics: true, awaitTopics: false },
    groupBytes,
    sessionTimeoutMs: 6000,
    commitIntervalMs: 100,
    joinTimeoutMs: 60_000,
    log,
    metrics: createMetrics(),
    close: () => cluster.close(),
  }
}

for (const byMs of [60_000, -60_000]) {
  test(`a broker whose clock is ${byMs} ms ahead of another's: ages are those of each broker's own`, async (t) => {
    const requestTopic = randomName('requests')
    const config = { 'message.timestamp.type': 'LogAppendTime' }
    await createTopics(kafka, [requestTopic], { partitions: 2, config })
    const leaders = await withAdmin(kafka.bootstrap, async (admin) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [requestTopic] })
      return topics[0]?.partitions.map(({ leader }) => leader) ?? []
    })
    assert.equal(new Set(leaders).size, 2)
    const producer = testClient(kafka.bootstrap).producer()
    await producer.connect()
    t.after(() => producer.disconnect())
    const write = (value: string) =>
      producer.send({
        topic: requestTopic,
        messages: [0, 1].map((partition) => ({ value, partition })),
      })
    await write('old')
    await setTimeout(1500)

    const context = openContext({ node: leaders[1] ?? 0, byMs })
    const link = new KafkaBackLink(context, {
      requestTopic,
      replyTopic: randomName('replies'),
      groupId: randomName('group'),
      maxInFlight: 10,
      maxRequestBytes: 1000,
      maxReplyBytes: 1000,
    })
    t.after(async () => {
      await link.close()
      await context.close()
    })
    const seen: IncomingRequest[] = []
    await link.open((request) => {
      seen.push(request)
      return Promise.resolve()
    })
    await write('new')
    await until('four requests', () => seen.length === 4)
    for (const { value, ageMs, origin } of seen) {
      const what = `${Buffer.from(value).toString()} in partition ${origin.partition}: ${ageMs} ms`
      assert.ok(ageMs < 45_000, what)
      if (Buffer.from(value).toString() === 'old') assert.ok(ageMs > 1400, what)
    }
    // The shift is real: the two old records were written in one moment.
    const times = seen.slice().sort((a, b) => Number(a.origin.offset) - Number(b.origin.offset))
    const [one, other] = times.map(({ origin }) => origin.timestampMs ?? 0)
    assert.ok(Math.abs(Math.abs((one ?? 0) - (other ?? 0)) - 60_000) < 30_000)
  })
}

test('a record is aged by the clock of the broker that led its partition when it came', async () => {
  const view = (leader: number, leaderEpoch: number) => [
    {
      topic: 'requests',
      id: 'a',
      partitions: [{ partition: 0, leader, leaderEpoch, replicas: [1, 2], inSync: [1, 2] }],
    },
  ]
  let views = view(1, 3)
  const channel: Pick<Channel, 'topics'> = { topics: () => Promise.resolve(views) }
  const topics = new TopicMap(channel as Channel)
  topics.add('requests')
  await topics.refresh()
  views = view(2, 4)
  await topics.refresh()

  const nowMs = 1000
  const clocks = new BrokerClocks(() => nowMs)
  const timeMs = 1_700_000_000_000
  clocks.learn(1, nowMs - 2, nowMs, timeMs)
  clocks.learn(2, nowMs - 2, nowMs, timeMs + 60_000)
  const ageOf = (epoch: number, stampMs: number) =>
    clocks.ageMs(topics.leaderOf('requests', 0, epoch) ?? 0, stampMs)
  assert.ok(Math.abs(ageOf(3, timeMs - 500) - 500) < 5)
  assert.ok(Math.abs(ageOf(4, timeMs + 60_000 - 500) - 500) < 5)
  // Nothing is known of who led before: no age rather than a wrong one.
  assert.equal(ageOf(2, timeMs - 500), 0)
})
