// What a tier's probes say in each state that it can be in: real processes, a real broker of this test's
// own that it stops and starts, and both ways to ask: HTTP, and `ddnn health`.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createSilentLog } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics/metrics.ts'
import { createKafkaTransport } from '../../src/serving/transport/kafka/kafka-transport.ts'
import { createRequester } from '../../src/serving/transport/requester.ts'
import { wires } from '../../src/serving/wire/detect.ts'
import { runCli, startCli, tempFolder, type RunningCli } from '../helpers/cli.ts'
import { labelledImages } from '../helpers/images.ts'
import { randomName, startKafka, withAdmin, type TestKafka } from '../helpers/kafka.ts'
import { repoPath } from '../helpers/paths.ts'
import { until } from '../helpers/until.ts'

const edgeModels = repoPath('saved_models', 'cifar10', 'edge')
const cloudModels = ['edge', 'fog', 'cloud'].map((tier) =>
  repoPath('saved_models', 'cifar10', tier),
)

let kafka: TestKafka
before(async () => {
  kafka = await startKafka({ own: true })
})
const tiers: Tier[] = []
after(async () => {
  // Those of a test that failed.
  for (const tier of tiers) tier.child.kill('SIGKILL')
  await kafka.stop()
})

interface Tier extends RunningCli {
  readonly port: string
  readonly requestTopic: string
  readonly replyTopic: string
}

interface TierOptions {
  readonly models?: readonly string[]
  readonly flags?: readonly string[]
  /** What SIGUSR2 does to it; see test/helpers/faults.ts. */
  readonly fault?: string
}

/** A tier whose health answers; what else it has come to is for the test to see. */
async function startTier({
  models = cloudModels,
  flags = [],
  fault,
}: TierOptions = {}): Promise<Tier> {
  const name = randomName('tier')
  const requestTopic = `${name}.requests`
  const replyTopic = `${name}.replies`
  const faults = new URL('../helpers/faults.js', import.meta.url).href
  const env: Record<string, string> =
    fault === undefined ? {} : { NODE_OPTIONS: `--import=${faults}`, DDNN_TEST_FAULT: fault }
  const tier = startCli(
    [
      ...['--models', ...models, '--name', name, '--engine', 'wasm'],
      ...['--http-port', '0', '--http-host', '127.0.0.1', '--partitions', '1'],
      ...['--consumer-back', kafka.bootstrap, '--consumer-back-topic', requestTopic],
      ...['--producer-back-topic', replyTopic],
      ...flags,
    ],
    { env },
  )
  const [, port = ''] = await tier.waitFor(/health on port (\d+)/)
  const started = { ...tier, port, requestTopic, replyTopic }
  tiers.push(started)
  return started
}

type Probe = 'live' | 'startup' | 'ready'
const paths = { live: '/v2/health/live', startup: '/startupz', ready: '/v2/health/ready' } as const

/** Status and what is missing, as a kubelet asks. */
async function probe(tier: Tier, which: Probe): Promise<{ status: number; missing: string }> {
  const response = await fetch(`http://127.0.0.1:${tier.port}${paths[which]}`, {
    signal: AbortSignal.timeout(10_000),
  })
  const { missing } = (await response.json()) as { missing: readonly string[] }
  return { status: response.status, missing: missing.join('; ') }
}

/** Statuses of live, startup and ready. */
async function states(tier: Tier): Promise<readonly number[]> {
  const all = (['live', 'startup', 'ready'] as const).map((which) => probe(tier, which))
  return (await Promise.all(all)).map(({ status }) => status)
}

/** `ddnn health`, as a container's health check. */
async function askHealth(tier: Tier, ...flags: readonly string[]) {
  const { code, stdout } = await runCli(['health', '--http-port', tier.port, ...flags])
  return { code, says: stdout.trim() }
}

const untilReady = (tier: Tier) =>
  until('the tier to be ready', async () => (await probe(tier, 'ready')).status === 200, 120_000)

const untilMissing = (tier: Tier, words: RegExp) =>
  until(
    `ready to say ${String(words)}`,
    async () => words.test((await probe(tier, 'ready')).missing),
    60_000,
  )

interface AskOptions {
  readonly budgetMs?: number
  /** Called when the request is under way. */
  readonly onSent?: () => Promise<void>
}

/** Asks the tier for one image, as a device does. */
async function ask(tier: Tier, { budgetMs = 30_000, onSent }: AskOptions = {}) {
  const common = { log: createSilentLog(), metrics: createMetrics() }
  const requestBrokers = [kafka.bootstrap]
  const transport = createKafkaTransport({ ...common, requestBrokers, clientId: 'probes' })
  const processId = randomName('asker')
  const { requestTopic, replyTopic } = tier
  const sizes = { maxRequestBytes: 100_000, maxReplyBytes: 100_000 }
  const requester = createRequester(
    transport.frontLink({
      requestTopic,
      replyTopic,
      ...sizes,
      processId,
      ordinal: 0,
      replies: 'own',
    }),
    { ...common, processId, topic: requestTopic, maxInFlight: 1 },
  )
  try {
    await requester.open()
    const image = {
      dtype: 'uint8',
      shape: [32, 32, 3],
      data: new Uint8Array(3072).fill(90),
    } as const
    const value = wires.binary.encodeRequest(image, { family: undefined, labelsHash: undefined })
    const asked = requester.ask(value, { budgetMs })
    await onSent?.()
    const incoming = await asked
    return wires.binary.decodeReply(incoming.value, incoming.wireVersion)
  } finally {
    await requester.close()
    await transport.close()
  }
}

/** A front that answers nothing before it is told to, and then that it cannot. */
async function startSlowFront() {
  const common = { log: createSilentLog(), metrics: createMetrics() }
  const requestBrokers = [kafka.bootstrap]
  const transport = createKafkaTransport({ ...common, requestBrokers, clientId: 'slow' })
  const topics = { requestTopic: randomName('slow-a'), replyTopic: randomName('slow-b') }
  const sizes = { maxRequestBytes: 100_000, maxReplyBytes: 100_000 }
  const link = transport.backLink({ ...topics, ...sizes, groupId: 'slow', maxInFlight: 8 })
  let release = () => {}
  const released = new Promise<void>((resolve) => (release = resolve))
  await link.open(async (request) => {
    await released
    const problem = { code: 'DDNN_ENGINE_FAILED', message: 'slow, and no better for it' }
    const nothing = { result: undefined, labelsHash: undefined, next: undefined }
    const times = { computeMs: 0, totalMs: 0 }
    const reply = { tier: 'slow', ...nothing, ...times, fallback: false, problem }
    await request.reply(wires.binary.encodeReply(reply))
  })
  return {
    ...topics,
    release,
    async close() {
      await link.close()
      await transport.close()
    },
  }
}

async function assertAnswers(tier: Tier): Promise<void> {
  const reply = await ask(tier)
  assert.equal(reply.problem, undefined)
  assert.equal(reply.result?.logits.length, 10)
}

const broker = () => {
  const [first] = kafka.brokers
  assert.ok(first !== undefined)
  return first
}

test('a tier that comes before its models, brokers and topics says at each step what it waits for', async () => {
  await broker().kill()
  // A manifest that can be opened and gives nothing: the models load for as long as the test likes.
  const folder = join(tempFolder(), 'edge')
  cpSync(edgeModels, folder, { recursive: true })
  const manifest = join(folder, 'ddnn.json')
  const text = readFileSync(manifest)
  rmSync(manifest)
  execFileSync('mkfifo', [manifest])
  const flags = ['--start-timeout-ms', '0', '--no-create-topics']
  const tier = await startTier({ models: [folder], flags })

  assert.deepEqual(await states(tier), [200, 503, 503])
  assert.equal((await probe(tier, 'startup')).missing, `models are loading: ${folder}`)
  assert.equal((await probe(tier, 'ready')).missing, `models are loading: ${folder}`)
  const loading = await askHealth(tier, '--probe', 'startup')
  assert.deepEqual(loading, { code: 1, says: `not startup: models are loading: ${folder}` })

  writeFileSync(manifest, text)
  await untilMissing(tier, /no broker answers/)
  assert.deepEqual(await states(tier), [200, 200, 503])
  const noBroker = `no broker answers at ${kafka.bootstrap} (--producer-back, --consumer-back): `
  const { missing } = await probe(tier, 'ready')
  assert.ok(missing.startsWith(noBroker), missing)
  assert.match(missing, /ECONNREFUSED/)
  await tier.waitFor(/waiting: no broker answers/)

  await broker().start()
  await kafka.ready()
  const noTopics = (topic: string) => `topic '${topic}' is missing at ${kafka.bootstrap}`
  await untilMissing(tier, new RegExp(noTopics(tier.requestTopic)))
  assert.deepEqual(await states(tier), [200, 200, 503])
  const waiting = await askHealth(tier)
  assert.equal(waiting.code, 1)
  assert.ok(waiting.says.startsWith(`not ready: ${noTopics(tier.requestTopic)}`), waiting.says)

  await withAdmin(kafka.bootstrap, (admin) =>
    admin.createTopics({
      waitForLeaders: true,
      topics: [tier.requestTopic, tier.replyTopic].map((topic) => ({ topic, numPartitions: 2 })),
    }),
  )
  await untilReady(tier)
  assert.deepEqual(await states(tier), [200, 200, 200])
  assert.deepEqual(await askHealth(tier), { code: 0, says: 'ready' })
  const { code, stderr } = await tier.stop()
  assert.equal(code, 0, stderr)
  // Once a change of state, however many attempts it took.
  assert.equal(stderr.match(/waiting: no broker answers/g)?.length, 1, stderr)
  assert.equal(stderr.match(/brokers answer at/g)?.length, 1, stderr)
})

test('a tier whose broker is killed lives on unready, says which link, and serves when it is back', async () => {
  const tier = await startTier()
  await untilReady(tier)
  await assertAnswers(tier)
  await broker().kill()
  await untilMissing(tier, new RegExp(`no broker answers at ${kafka.bootstrap} .*--consumer-back`))
  assert.deepEqual(await states(tier), [200, 200, 503])
  assert.equal((await askHealth(tier, '--probe', 'live')).code, 0)
  const gone = await askHealth(tier)
  assert.equal(gone.code, 1)
  assert.match(gone.says, /^not ready: no broker answers at .*--consumer-back/)
  await broker().start()
  await kafka.ready()
  await untilReady(tier)
  await assertAnswers(tier)
  const { code, stderr } = await tier.stop()
  assert.equal(code, 0, stderr)
  assert.equal(stderr.match(/no broker answers/g)?.length, 1, stderr)
})

describe('while brokers answer', { concurrency: true }, () => {
  test('a stuck event loop answers no probe, and when it turns again all is as before', async () => {
    const release = join(tempFolder(), 'release')
    const tier = await startTier({ fault: `stuck:${release}` })
    await untilReady(tier)
    tier.child.kill('SIGUSR2')
    const live = await askHealth(tier, '--probe', 'live', '--timeout-ms', '500')
    assert.equal(live.code, 1)
    assert.match(live.says, /^not live: .*: no answer within 500 ms$/)
    assert.match((await askHealth(tier, '--timeout-ms', '500')).says, /no answer within 500 ms$/)
    writeFileSync(release, '')
    await untilReady(tier)
    assert.deepEqual(await states(tier), [200, 200, 200])
    assert.deepEqual(await askHealth(tier, '--probe', 'live'), { code: 0, says: 'live' })
    await assertAnswers(tier)
    assert.equal((await tier.stop()).code, 0)
  })

  test('a tier that was told to stop is live and not ready until its work is done', async () => {
    const front = await startSlowFront()
    const tier = await startTier({
      models: [edgeModels],
      flags: [
        ...['--threshold', '2', '--shutdown-timeout-ms', '100000'],
        ...['--producer-front', kafka.bootstrap, '--producer-front-topic', front.requestTopic],
        ...['--consumer-front-topic', front.replyTopic],
      ],
    })
    await untilReady(tier)
    const reply = await ask(tier, {
      budgetMs: 120_000,
      onSent: async () => {
        await until('the request to be under way', async () => {
          const metrics = await fetch(`http://127.0.0.1:${tier.port}/metrics`)
          return /^ddnn_in_flight\{.*\} 1$/m.test(await metrics.text())
        })
        tier.child.kill('SIGTERM')
        await untilMissing(tier, /^stopping$/)
        assert.deepEqual(await states(tier), [200, 200, 503])
        assert.deepEqual(await askHealth(tier), { code: 1, says: 'not ready: stopping' })
        front.release()
      },
    })
    assert.equal(reply.fallback, true)
    const { code, stderr } = await tier.ended
    assert.equal(code, 0, stderr)
    await front.close()
  })

  test('a tier without a worker is live and not ready; it serves with a new one, or ends for good', async () => {
    const folder = join(tempFolder(), 'edge')
    cpSync(edgeModels, folder, { recursive: true })
    const tier = await startTier({ models: [folder], fault: 'workers' })
    await untilReady(tier)
    renameSync(folder, `${folder}.away`)
    tier.child.kill('SIGUSR2')
    await untilMissing(tier, /^no worker of the engine runs$/)
    assert.deepEqual(await states(tier), [200, 200, 503])
    // Taken while no worker runs, answered by the next one.
    const waiting = ask(tier)
    await tier.waitFor(/"msg":"engine worker lost.*"msg":"engine worker lost/s)
    renameSync(`${folder}.away`, folder)
    assert.equal((await waiting).problem, undefined)
    await untilReady(tier)

    renameSync(folder, `${folder}.away`)
    tier.child.kill('SIGUSR2')
    const { code, stderr } = await tier.ended
    assert.equal(code, 1, stderr)
    assert.match(stderr, /Expected a worker of the engine to start again, got 10 failures: .*edge/)
    assert.ok((stderr.match(/engine worker lost/g)?.length ?? 0) <= 4, stderr)
  })

  test('SIGTERM ends a tier that waits without end for its topics, with exit code 0', async () => {
    const tier = await startTier({
      models: [edgeModels],
      flags: ['--start-timeout-ms', '0', '--no-create-topics'],
    })
    await untilMissing(tier, /is missing at/)
    const { code, signal, stderr } = await tier.stop()
    assert.equal(signal, null, stderr)
    assert.equal(code, 0, stderr)
  })

  test('a device waits for its topics too, and SIGTERM ends it; its images are without answers', async () => {
    const nobody = randomName('nobody')
    const device = startCli([
      ...['--name', 'device', '-i', await labelledImages(1)],
      ...['-l', repoPath('data', 'labels.txt'), '--http-port', '0', '--http-host', '127.0.0.1'],
      ...['--start-timeout-ms', '0', '--no-create-topics', '--producer-front', kafka.bootstrap],
      ...['--producer-front-topic', `${nobody}.a`, '--consumer-front-topic', `${nobody}.b`],
    ])
    const [, port = ''] = await device.waitFor(/health on port (\d+)/)
    const topics = { requestTopic: `${nobody}.a`, replyTopic: `${nobody}.b` }
    await untilMissing({ ...device, ...topics, port }, /topic 'nobody-.*' is missing at/)
    assert.deepEqual(await states({ ...device, ...topics, port }), [200, 200, 503])
    const { code, signal, stderr } = await device.stop()
    assert.equal(signal, null, stderr)
    assert.equal(code, 143, stderr)
  })

  test('a missing topic is refused at once unless the start was given time', async () => {
    const refused = async (...flags: readonly string[]) => {
      const tier = await startTier({
        models: [edgeModels],
        flags: ['--no-create-topics', ...flags],
      })
      return tier.ended
    }
    const [atOnce, later] = await Promise.all([refused(), refused('--start-timeout-ms', '3000')])
    for (const { code, stderr } of [atOnce, later]) {
      assert.equal(code, 2, stderr)
      assert.match(stderr, /Expected topics 'tier-.*' at .*, got none \[DDNN_TRANSPORT_REFUSED\]/)
      assert.match(stderr, /kafka-topics .*--create/)
    }
    assert.doesNotMatch(atOnce.stderr, /waiting/)
  })
})
