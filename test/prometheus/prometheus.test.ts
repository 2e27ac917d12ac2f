// A real Prometheus over a run on Kafka: every documented series is there and moves, the rules hold water, and the
// dashboard's queries have answers. `npm run test:prometheus`.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { createContext, createFront, createKafka } from '../../src/compose/links.ts'
import { imageSizes } from '../../src/compose/frame-sizes.ts'
import { createSilentLog } from '../../src/telemetry/log.ts'
import { metricTable } from '../../src/telemetry/metrics/table.ts'
import { chainFlags, frontFlags, newTopics, startCluster, startTier } from '../e2e/chain.ts'
import type { Cluster, Topics } from '../e2e/chain.ts'
import { tempFolder, type RunningCli } from '../helpers/cli.ts'
import { madeTiers, writeMadeFamily } from '../helpers/made-family.ts'
import { repoPath } from '../helpers/paths.ts'
import { until } from '../helpers/until.ts'
import { startPrometheus, type RunningPrometheus } from './running-prometheus.ts'

const run = promisify(execFile)
const side = 16

interface Found {
  readonly prometheus: string
  readonly promtool: string
}

let found: Found
let cluster: Cluster
let topics: Topics
let tiers: ReadonlyMap<string, RunningCli>
let door: string
let ports: readonly string[]
let prometheus: RunningPrometheus

before(async () => {
  const script = pathToFileURL(repoPath('scripts', 'find-prometheus.mjs')).href
  const { findPrometheus } = (await import(script)) as {
    readonly findPrometheus: () => Promise<Found>
  }
  found = await findPrometheus()
  cluster = await startCluster()
  topics = newTopics()
  const family = join(tempFolder(), 'family')
  await writeMadeFamily(family, { seed: 3, side, thresholds: [1.1, 1.1] })
  for (const name of madeTiers) expect(join(family, name))
  const flags = chainFlags(cluster, topics)
  const started = await Promise.all(
    madeTiers.map((name) =>
      startTier([
        ...['--name', name, '--models', join(family, name), '--engine', 'wasm'],
        ...flags[name],
      ]),
    ),
  )
  const gateway = await startTier([
    ...['--name', 'door', '--grpc-port', '0'],
    ...frontFlags(cluster, topics.deviceToEdge, topics.edgeToDevice),
  ])
  tiers = new Map([
    ...madeTiers.map((name, i) => [name, started[i]] as const),
    ['door', gateway],
  ] as [string, RunningCli][])
  ports = await Promise.all([...tiers.values()].map(portOf))
  door = `http://127.0.0.1:${ports.at(-1)}/v2/models/ddnn/infer`
  prometheus = await startPrometheus(found.prometheus, ports)
  await drive()
})

after(async () => {
  await prometheus?.stop()
  await Promise.all([...(tiers ?? new Map<string, RunningCli>()).values()].map((one) => one.stop()))
  await cluster?.kafka.stop()
})

test('the rules are those of the table, and promtool finds nothing wrong with them', async () => {
  const { stdout } = await run(found.promtool, [
    'check',
    'rules',
    repoPath('monitoring', 'alerts.yaml'),
  ])
  assert.match(stdout, /SUCCESS: \d+ rules found/)
})

test('promtool finds nothing wrong with the names, types and help of a scrape', async () => {
  const text = await (await fetch(`http://127.0.0.1:${ports[0]}/metrics`)).text()
  // Those of the process are prom-client's own to name.
  const own = text.split('\n').filter((line) => /^(# \w+ )?ddnn_/.test(line))
  const checked = run(found.promtool, ['check', 'metrics'])
  checked.child.stdin?.end(`${own.join('\n')}\n`)
  const { stdout, stderr } = await checked
  assert.equal(stdout + stderr, '')
})

for (const { name, type } of Object.values(metricTable)) {
  test(`${name} is there${type === 'gauge' ? '' : ', and moves'}`, async () => {
    const series = type === 'histogram' ? `${name}_count` : name
    // Those of the killed cloud too.
    const ask = `${type === 'gauge' ? 'count' : 'sum'}(max_over_time(${series}[10m]))`
    await until(ask, async () => ((await prometheus.value(ask)) ?? 0) > 0, 20_000)
  })
}

test('the breaker of the fog opened when the cloud was killed', async () => {
  assert.equal(await prometheus.value('max(max_over_time(ddnn_front_breaker[5m]))'), 2)
})

test('every query of the dashboard is answered, and all but those of trouble with something', async () => {
  for (const expr of queriesOfDashboard()) {
    const result = await prometheus.query(expr)
    if (!/> 0$/.test(expr)) assert.notEqual(result.length, 0, expr)
  }
})

test('every rule is evaluated without an error, and a killed cloud is an alert', async () => {
  const rules = await prometheus.rules()
  assert.deepEqual(
    rules.filter(({ health }) => health !== 'ok'),
    [],
  )
  const down = rules.find(({ name }) => name === 'DdnnDown')
  assert.notEqual(down?.state, 'inactive')
})

/** What has to have happened for every series to move. */
async function drive(): Promise<void> {
  for (let i = 0; i < 5; i++) await infer(40, 10_000)
  await sendJunk()
  await sendForeign()
  const left = 'sum(ddnn_exit_total{tier="cloud"})'
  await until(left, async () => ((await prometheus.value(left)) ?? 0) > 0)
  tiers.get('edge')?.child.kill('SIGHUP')
  tiers.get('cloud')?.child.kill('SIGKILL')
  for (let i = 0; i < 4; i++) await infer(8, 1500)
  await infer(40, 10_000)
}

/** Images of noise over HTTP; whatever comes of them. */
async function infer(count: number, budgetMs: number): Promise<void> {
  const data = Array.from({ length: count * side * side * 3 }, () =>
    Math.floor(Math.random() * 256),
  )
  const response = await fetch(door, {
    method: 'POST',
    body: JSON.stringify({
      inputs: [{ name: 'image', datatype: 'UINT8', shape: [count, side, side, 3], data }],
      parameters: { budget_ms: budgetMs },
    }),
  })
  assert.ok(response.ok, await response.text())
}

/** A record that no wire reads: a dead letter. */
async function sendJunk(): Promise<void> {
  const { Kafka } = (await import('kafkajs')).default
  const producer = new Kafka({
    brokers: cluster.kafka.bootstrap.split(','),
    logLevel: 0,
  }).producer()
  await producer.connect()
  await producer.send({ topic: topics.deviceToEdge, messages: [{ value: 'junk' }] })
  await producer.disconnect()
}

/** Features of another family at the fog. */
async function sendForeign(): Promise<void> {
  const context = createContext('stranger', createSilentLog())
  const link = {
    side: 'front',
    requestBrokers: [cluster.kafka.bootstrap],
    replyBrokers: [cluster.kafka.bootstrap],
    requestTopic: topics.edgeToFog,
    replyTopic: topics.fogToEdge,
    tls: undefined,
    sasl: undefined,
  } as const
  const made = { partitions: 8, create: true, isAwaited: false }
  const transport = createKafka(link, { topics: made, startTimeoutMs: 10_000 }, context)
  const shape = [8, 8, 4]
  const front = createFront(
    transport,
    {
      ...link,
      ...imageSizes(shape, 'float32', 5, 'binary'),
      ...({ form: 'binary', ordinal: undefined, maxInFlight: 1, whenOpen: 'wait' } as const),
    },
    context,
  )
  await front.requester.open()
  const tensor = { dtype: 'float32', shape, data: new Float32Array(8 * 8 * 4) } as const
  const value = front.wire.encodeRequest(tensor, { family: 'another', labelsHash: undefined })
  const { value: reply } = await front.requester.ask(value, { budgetMs: 5000 })
  assert.equal(front.wire.decodeReply(reply, '1').problem?.code, 'DDNN_MODEL_MISMATCH')
  await front.requester.close()
  await transport.close()
}

/** As a calibration writes what it found. */
function expect(folder: string): void {
  const file = join(folder, 'ddnn.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8')) as { exits: object[] }
  const exits = manifest.exits.map((one) => ({ ...one, expected: { rate: 0.5, confidence: 0.7 } }))
  writeFileSync(file, JSON.stringify({ ...manifest, exits }))
}

async function portOf(one: RunningCli): Promise<string> {
  const [, port = ''] = await one.waitFor(/health on port (\d+)/)
  return port
}

function queriesOfDashboard(): readonly string[] {
  const dashboard = JSON.parse(readFileSync(repoPath('monitoring', 'dashboard.json'), 'utf8')) as {
    readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[]
  }
  return dashboard.panels
    .flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))
    .map((expr) => expr.replaceAll('$__rate_interval', '1m').replaceAll('$tier', '.*'))
}
