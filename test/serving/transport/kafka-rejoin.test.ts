// Joins that take long, since a member that is gone holds its place until its session ends: they end
// with one member a process, and no partition is left to a member that handles nothing.
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createSilentLog } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics/metrics.ts'
import { createKafkaTransport } from '../../../src/serving/transport/kafka/kafka-transport.ts'
import { createRequester } from '../../../src/serving/transport/requester.ts'
import { randomName, startKafka, withAdmin, type TestKafka } from '../../helpers/kafka.ts'
import { until } from '../../helpers/until.ts'
import type { EchoTierSettings } from './echo-tier.ts'

let kafka: TestKafka
before(async () => {
  kafka = await startKafka()
})
const children: ChildProcess[] = []
after(async () => {
  // Those of a test that failed half-way would keep this process.
  for (const child of children) child.kill('SIGKILL')
  await kafka.stop()
})

const sizes = { maxRequestBytes: 1000, maxReplyBytes: 1000 }

function startTier(settings: EchoTierSettings) {
  const script = fileURLToPath(new URL('./echo-tier.js', import.meta.url))
  const child = spawn(process.execPath, [script, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const handled: string[] = []
  let isOpen = false
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line === 'open') isOpen = true
    else handled.push(line)
  })
  return {
    handled,
    opened: () => until('a tier to be open', () => isOpen, 40_000),
    async kill() {
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

async function membersOf(groupId: string): Promise<number> {
  const { groups } = await withAdmin(kafka.bootstrap, (admin) => admin.describeGroups([groupId]))
  return groups[0]?.members.length ?? 0
}

function newFront(topics: { requestTopic: string; replyTopic: string }) {
  const processId = randomName('asker')
  const common = { log: createSilentLog(), metrics: createMetrics() }
  const transport = createKafkaTransport({
    requestBrokers: kafka.bootstrap.split(','),
    clientId: processId,
    ...common,
  })
  const link = transport.frontLink({
    ...topics,
    ...sizes,
    processId,
    ordinal: undefined,
    replies: 'own',
  })
  return {
    requester: createRequester(link, {
      processId,
      topic: topics.requestTopic,
      maxInFlight: 100,
      ...common,
    }),
    transport,
  }
}

test('a tier that is killed and started again at once handles every request', async () => {
  const topics = { requestTopic: randomName('requests'), replyTopic: randomName('replies') }
  const groupId = randomName('group')
  // Longer than one attempt at a start may take.
  const settings = { bootstrap: kafka.bootstrap, ...topics, groupId, sessionTimeoutMs: 9000 }
  const killed = startTier(settings)
  await killed.opened()
  await killed.kill()
  await setTimeout(500)
  const tier = startTier(settings)
  await tier.opened()
  const { requester, transport } = newFront(topics)
  await requester.open()
  const values = Array.from({ length: 80 }, (_, index) => `r${index}`)
  await Promise.all(values.map((value) => requester.ask(Buffer.from(value), { budgetMs: 20_000 })))
  // Its lines may come after its replies.
  await until('80 lines of the tier', () => tier.handled.length >= values.length)
  assert.deepEqual([...tier.handled].sort(), [...values].sort())
  assert.equal(await membersOf(groupId), 1)
  await requester.close()
  await transport.close()
  await tier.kill()
})

test('a link that is closed while it joins leaves no member behind', async () => {
  const topics = { requestTopic: randomName('requests'), replyTopic: randomName('replies') }
  const groupId = randomName('group')
  const settings = { bootstrap: kafka.bootstrap, ...topics, groupId, sessionTimeoutMs: 6000 }
  const killed = startTier(settings)
  await killed.opened()
  await killed.kill()
  const transport = createKafkaTransport({
    requestBrokers: kafka.bootstrap.split(','),
    clientId: 'rejoin-test',
    sessionTimeoutMs: 60_000,
    log: createSilentLog(),
    metrics: createMetrics(),
  })
  const link = transport.backLink({ ...topics, ...sizes, groupId, maxInFlight: 4 })
  const opening = assert.rejects(
    link.open(() => Promise.resolve()),
    { code: 'DDNN_TRANSPORT_CLOSED' },
  )
  await setTimeout(1500)
  await link.close()
  await opening
  await transport.close()
  await until('the group to be empty', async () => (await membersOf(groupId)) === 0)
})
