// An asker of an original that ends while a reply is owed, and the next one on the same topics: the
// late reply must not be taken for an answer to the new one's first request.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { createMetrics } from '../../../src/telemetry/metrics/metrics.ts'
import { createFifoRequester } from '../../../src/serving/transport/fifo-requester.ts'
import { createKafkaTransport } from '../../../src/serving/transport/kafka/kafka-transport.ts'
import { randomName, startKafka, type TestKafka } from '../../helpers/kafka.ts'
import { createLogSink } from '../../helpers/log-sink.ts'
import { until } from '../../helpers/until.ts'

let kafka: TestKafka
before(async () => {
  kafka = await startKafka()
})
after(() => kafka.stop())

const sizes = { maxRequestBytes: 1000, maxReplyBytes: 1000 }

test('a reply owed to an asker that ended is not taken for an answer by the next one', async () => {
  const topics = { requestTopic: randomName('requests'), replyTopic: randomName('replies') }
  const newTransport = () =>
    createKafkaTransport({
      requestBrokers: kafka.bootstrap.split(','),
      clientId: 'owed-test',
      log: createLogSink().log,
      metrics: createMetrics(),
    })
  const tier = newTransport()
  const back = tier.backLink({ ...topics, ...sizes, groupId: randomName('g'), maxInFlight: 1 })
  // As an original: one at a time, no headers; the first one takes longer than any quiet time.
  let release: () => void = () => undefined
  const slow = new Promise<void>((resolve) => (release = resolve))
  await back.open(async (request) => {
    const value = Buffer.from(request.value).toString()
    if (value === 'slow') await slow
    await request.reply(Buffer.from(`${value}!`))
  })

  const newAsker = async () => {
    const transport = newTransport()
    const link = transport.frontLink({
      ...topics,
      ...sizes,
      processId: randomName('asker'),
      ordinal: undefined,
      replies: 'all',
    })
    const requester = createFifoRequester(link, {
      processId: 'asker',
      topic: topics.requestTopic,
      maxInFlight: 4,
      quietMs: 100,
      whenOpen: 'wait',
      log: createLogSink().log,
      metrics: createMetrics(),
    })
    await requester.open()
    return {
      link,
      ask: async (value: string, budgetMs: number) =>
        Buffer.from((await requester.ask(Buffer.from(value), { budgetMs })).value).toString(),
      close: async () => {
        await requester.close()
        await transport.close()
      },
    }
  }

  const first = await newAsker()
  assert.equal(await first.link.countOwed(), 0)
  await assert.rejects(first.ask('slow', 300), { code: 'DDNN_REPLY_TIMEOUT' })
  await first.close()

  const second = await newAsker()
  assert.equal(await second.link.countOwed(), 1)
  const answers = Promise.all(['a', 'b', 'c'].map((value) => second.ask(value, 15_000)))
  // Longer than the quiet time: silence alone would have let the first request go.
  await setTimeout(1000)
  release()
  assert.deepEqual(await answers, ['a!', 'b!', 'c!'])
  await second.close()
  await until('the last commit', () => back.state.ready)
  await back.close()
  await tier.close()
})
