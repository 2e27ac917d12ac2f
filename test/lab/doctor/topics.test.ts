// What doctor tells of a topic that is there, against a real broker.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { CheckResult } from '../../../src/lab/doctor/check.ts'
import { Examination } from '../../../src/lab/doctor/examination.ts'
import { checkTopic } from '../../../src/lab/doctor/topics.ts'
import { createSilentLog } from '../../../src/telemetry/log.ts'
import { clustersOf } from '../../../src/serving/transport/kafka/kafka-transport.ts'
import { createTestTopic, startKafka, type TestKafka } from '../../helpers/kafka.ts'

let kafka: TestKafka
before(async () => void (kafka = await startKafka()))
after(() => kafka.stop())

async function examine(topic: string, createTopics = false): Promise<CheckResult> {
  const { requests } = clustersOf({
    requestBrokers: kafka.bootstrap.split(','),
    clientId: 'doctor-test',
    log: createSilentLog(),
  })
  const exam = new Examination({
    timeoutMs: 20_000,
    signal: new AbortController().signal,
    onResult: () => undefined,
  })
  const examined = {
    name: { id: 'back.requests', group: 'Back', title: 'requests' },
    topic,
    maxValueBytes: 1000,
    policy: { partitions: 1, replication: 1, createTopics, awaitTopics: false },
    brokers: 1,
  }
  try {
    await checkTopic(exam, requests, examined, [])
  } finally {
    await requests.close()
  }
  return exam.results[0] as CheckResult
}

for (const [type, isPacked] of [
  ['producer', false],
  ['uncompressed', false],
  ['gzip', true],
  ['zstd', true],
] as const) {
  test(`compression.type ${type} is told${isPacked ? ', and that it costs CPU' : ''}`, async () => {
    const config = { 'message.timestamp.type': 'LogAppendTime', 'compression.type': type }
    const topic = await createTestTopic(kafka, 'packed', { partitions: 1, config })
    const { status, found, advice } = await examine(topic)
    assert.match(found, new RegExp(`compression ${type}`))
    assert.equal(status, isPacked ? 'warning' : 'ok')
    assert.equal(advice.length, isPacked ? 1 : 0)
    if (isPacked) {
      assert.match(
        advice[0] ?? '',
        new RegExp(`${type}.* CPU .*--entity-name ${topic} --add-config compression.type=producer`),
      )
    }
  })
}

test('a topic that would be made beside one of a close name is a warning that names it', async () => {
  const meant = await createTestTopic(kafka, 'from-device', { partitions: 1 })
  const { status, found, advice } = await examine(meant.replace('device', 'devise'), true)
  assert.equal(status, 'warning', found)
  assert.deepEqual(advice, [`Did you mean '${meant}', which is there?`])
})

test('one that may not be made fails with it', async () => {
  const meant = await createTestTopic(kafka, 'from-device', { partitions: 1 })
  const { status, found } = await examine(meant.replace('device', 'devise'))
  assert.equal(status, 'failed')
  assert.match(found, new RegExp(`did you mean '${meant}'`))
})
