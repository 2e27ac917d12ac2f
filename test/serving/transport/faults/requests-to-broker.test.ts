// What an image costs the broker in requests: device, edge, fog and cloud as links over Kafka, counted where
// kafkajs sends them. Numbers of requests, never times.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { after, before, test, type TestContext } from 'node:test'
import { setImmediate as nextTurn, setTimeout } from 'node:timers/promises'
import { createSilentLog } from '../../../../src/telemetry/log.ts'
import { createMetrics } from '../../../../src/telemetry/metrics/metrics.ts'
import { createKafkaTransport } from '../../../../src/serving/transport/kafka/kafka-transport.ts'
import { createRequester } from '../../../../src/serving/transport/requester.ts'
import type { Requester, Transport } from '../../../../src/serving/transport/transport.ts'
import { randomName, startKafka, type TestKafka } from '../../../helpers/kafka.ts'
import { repoPath } from '../../../helpers/paths.ts'

interface Queue {
  push: (request: { readonly entry: { readonly apiName: string } }) => void
}

const require = createRequire(repoPath('package.json'))
const { prototype } = require('kafkajs/src/network/requestQueue') as { readonly prototype: Queue }
const requests = new Map<string, number>()
const push = prototype.push
prototype.push = function (this: Queue, request) {
  const { apiName } = request.entry
  requests.set(apiName, (requests.get(apiName) ?? 0) + 1)
  push.call(this, request)
}

let kafka: TestKafka
before(async () => void (kafka = await startKafka()))
after(() => kafka.stop())

/** Milliseconds that each tier's engine takes for an image, as measured of onnxruntime on one core. */
const tiers = { edge: 1.4, fog: 1.4, cloud: 2.9 }
const batchMs = 2
const mostTogether = 32

/** As a batching one: what waits when it is free runs together, and takes longer the more it is. */
function createEngine(imageMs: number): () => Promise<void> {
  let waiting: (() => void)[] = []
  let isBusy = false
  const turn = async () => {
    isBusy = true
    while (waiting.length > 0) {
      // What one fetch brought comes in one turn of the event loop.
      await nextTurn()
      const together = waiting.slice(0, mostTogether)
      waiting = waiting.slice(mostTogether)
      await setTimeout(batchMs + imageMs * together.length)
      for (const done of together) done()
    }
    isBusy = false
  }
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      if (!isBusy) void turn()
    })
}

const sizes = { maxRequestBytes: 100_000, maxReplyBytes: 1000 }
const budget = { budgetMs: 60_000 }
type Topics = Readonly<Record<'requestTopic' | 'replyTopic', string>>

/** Three hops; resolves with the device's end. Each link has a transport, as in a process of its own. */
async function openChain(t: TestContext): Promise<Requester> {
  const closers: (() => Promise<void>)[] = []
  t.after(async () => {
    for (const close of closers.reverse()) await close()
  })
  const hops = Object.entries(tiers).map(([name, imageMs]) => ({
    imageMs,
    requestTopic: randomName(`to-${name}`),
    replyTopic: randomName(`from-${name}`),
  }))
  const newTransport = (): Transport => {
    const transport = createKafkaTransport({
      requestBrokers: kafka.bootstrap.split(','),
      clientId: 'count-test',
      log: createSilentLog(),
      metrics: createMetrics(),
    })
    closers.push(() => transport.close())
    return transport
  }
  const openFront = async (topics: Topics): Promise<Requester> => {
    const processId = randomName('process')
    const link = newTransport().frontLink({
      ...topics,
      ...sizes,
      processId,
      ordinal: undefined,
      replies: 'own',
    })
    const requester = createRequester(link, {
      processId,
      topic: topics.requestTopic,
      maxInFlight: 64,
      log: createSilentLog(),
      metrics: createMetrics(),
    })
    await requester.open()
    closers.push(() => requester.close())
    return requester
  }
  // From the cloud to the edge: each asks the one behind it.
  let front: Requester | undefined
  for (const { imageMs, ...topics } of hops.reverse()) {
    const next = front
    const run = createEngine(imageMs)
    const back = newTransport().backLink({ ...topics, ...sizes, groupId: 'tier', maxInFlight: 64 })
    await back.open(async (request) => {
      await run()
      const reply = next === undefined ? undefined : await next.ask(request.value, budget)
      await request.reply(reply?.value ?? request.value.subarray(0, 100))
    })
    closers.push(() => back.close())
    front = await openFront(topics)
  }
  assert.ok(front !== undefined)
  return front
}

/** Asks `count` images, so many at a time. */
async function ask(device: Requester, count: number, inFlight: number): Promise<void> {
  const image = Buffer.alloc(25_000, 7)
  let left = count
  const askOn = async () => {
    while (left-- > 0) await device.ask(image, budget)
  }
  await Promise.all(Array.from({ length: inFlight }, askOn))
}

for (const [inFlight, count, most] of [
  [1, 60, 13],
  [64, 1000, 2.5],
] as const) {
  test(`at ${inFlight} in flight an image through three hops costs at most ${most} requests`, async (t) => {
    const device = await openChain(t)
    await ask(device, inFlight * 5, inFlight)
    requests.clear()
    await ask(device, count, inFlight)
    const each = (api: string) => (requests.get(api) ?? 0) / count
    const apis = ['Produce', 'Fetch', 'OffsetCommit']
    const all = [...requests.keys()].map((api) => `${api} ${each(api).toFixed(2)}`).join(', ')
    const total = apis.reduce((sum, api) => sum + each(api), 0)
    t.diagnostic(`${inFlight} in flight, ${total.toFixed(2)} an image: ${all}`)
    assert.ok(total <= most, `${total.toFixed(2)} an image: ${all}`)
  })
}
