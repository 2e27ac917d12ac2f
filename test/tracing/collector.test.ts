// Traces as OpenTelemetry's own collector receives them: device, edge, fog, cloud and gateway as processes over Kafka.
// `npm run test:tracing`.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { chainFlags, deviceFlags, frontFlags, newTopics } from '../e2e/chain.ts'
import { startCluster, startTier, stopTiers, type Cluster, type Topics } from '../e2e/chain.ts'
import { readCsv, runCli, tempFolder, type RunningCli } from '../helpers/cli.ts'
import { labelledImages } from '../helpers/images.ts'
import { madeTiers, writeMadeFamily } from '../helpers/made-family.ts'
import { factsOf, servicesOf, tracesOf, type SentSpan } from '../helpers/span-sink.ts'
import { assertJoined, assertMessages, assertPasses } from '../helpers/trace-checks.ts'
import { until } from '../helpers/until.ts'
import { startCollector, type RunningCollector } from './running-collector.ts'
import { startTap, type Tap } from './tap.ts'

const side = 16
/** Batches go at once, and compressed. */
const env = { OTEL_BSP_SCHEDULE_DELAY: '100', OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' }
const chain = ['cloud', 'device', 'edge', 'fog']

let cluster: Cluster
let topics: Topics
let collector: RunningCollector
let tap: Tap
let tiers: ReadonlyMap<string, RunningCli>
/** Spans of one image that runs over the whole chain. */
let perImage: number

before(async () => {
  collector = await startCollector()
  tap = await startTap(collector.url)
  cluster = await startCluster()
  topics = newTopics()
  const family = join(tempFolder(), 'family')
  // Nothing leaves before the cloud.
  await writeMadeFamily(family, { seed: 5, side, thresholds: [1.1, 1.1] })
  const links = chainFlags(cluster, topics)
  const start = (name: string, flags: readonly string[]) =>
    startTier(['--name', name, ...flags, '--otlp-endpoint', tap.url], { env })
  const started = await Promise.all(
    madeTiers.map((name) =>
      start(name, ['--models', join(family, name), '--engine', 'wasm', ...links[name]]),
    ),
  )
  const gateway = await start(
    'gateway',
    frontFlags(cluster, topics.deviceToEdge, topics.edgeToDevice),
  )
  const named = madeTiers.map((name, i) => [name, started[i]] as const)
  tiers = new Map([...named, ['gateway', gateway]] as [string, RunningCli][])
})

after(async () => {
  await Promise.all([...(tiers ?? new Map<string, RunningCli>()).values()].map((one) => one.stop()))
  await cluster?.kafka.stop()
  tap?.close()
  await collector?.close()
})

test('each image of a device is one whole trace of four processes', async () => {
  const images = 10
  const spans = await newSpans(() => drive(images), images)
  const traces = tracesOf(spans)
  assert.equal(traces.size, images)
  for (const all of traces.values()) assert.deepEqual(servicesOf(all), chain)
  perImage = spans.length / images
  assertJoined(spans, ['answer image'])
  assertMessages(spans, images)
  assertPasses(spans, images)
  const processes = new Set(spans.map(({ process }) => process['service.instance.id']))
  assert.equal(processes.size, 4)
  for (const { process } of spans) assert.equal(process['service.namespace'], 'ddnn')
})

test('what goes to the collector is compressed where that is asked for', () => {
  assert.deepEqual([...tap.encodings()], ['gzip'])
})

test('of half of the images there are whole traces, of the others nothing', async () => {
  const images = 60
  const spans = await newSpans(() => drive(images, ['--trace-ratio', '0.5']))
  const traces = tracesOf(spans)
  // Outside of it once in a million runs.
  assert.ok(traces.size > 10 && traces.size < 50, String(traces.size))
  for (const all of traces.values()) {
    assert.deepEqual(servicesOf(all), chain)
    assert.equal(all.length, perImage)
  }
})

test("a client's trace goes on through gateway and tiers, as the client decided", async () => {
  const [traceId, parent] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7']
  const other = '0af7651916cd43dd8448eb211c80319c'
  const spans = await newSpans(async () => {
    await infer('gateway', `00-${other}-${parent}-00`)
    await infer('gateway', `00-${traceId}-${parent}-01`)
  })
  assert.deepEqual([...tracesOf(spans).keys()], [traceId])
  assert.deepEqual(servicesOf(spans), ['cloud', 'edge', 'fog', 'gateway'])
  assertJoined(spans, ['POST /v2/models/{model}/infer'])
  const [root] = spans.filter(({ parentSpanId }) => parentSpanId === parent)
  assert.equal(root?.process['service.name'], 'gateway')
  assert.equal(Number(factsOf(root)['http.response.status_code']), 200)
})

test("a tier's own door is no topic of Kafka", async () => {
  const spans = await newSpans(() => infer('edge'))
  assert.deepEqual(servicesOf(spans), ['cloud', 'edge', 'fog'])
  const inProcess = spans.filter((span) => factsOf(span)['messaging.system'] === 'in_process')
  assert.deepEqual(inProcess.map(({ name }) => name).sort(), ['process door', 'send door'])
})

test('a collector that is down harms nothing, and is told of once, as is its return', async () => {
  await collector.stop()
  await drive(5)
  const edge = tiers.get('edge')
  await edge?.waitFor(/to take spans, got [^"]+: traces are dropped/, 60_000)
  const { stderr } = await drive(5)
  assert.equal(stderr.match(/traces are dropped/g)?.length, 1)
  assert.equal(edge?.output().match(/traces are dropped/g)?.length, 1)
  await collector.start()
  const back = edge.waitFor(/takes spans again/, 60_000)
  await until('spans', async () => {
    await drive(1)
    return /takes spans again/.test(edge.output())
  })
  await back
  assert.equal(edge.output().match(/takes spans again/g)?.length, 1)
  assert.doesNotMatch(edge.output(), /"level":[56]0/)
})

test('tiers end cleanly, with what they had to tell', async () => {
  await stopTiers([...tiers.values()])
})

/** A device's run over so many images, which all are answered. */
async function drive(images: number, flags: readonly string[] = []) {
  const output = join(tempFolder(), 'results.csv')
  const folder = await labelledImages(Math.ceil(images / 5))
  const most = ['--limit', String(images)]
  const device = deviceFlags(cluster, topics, folder, output)
  const traced = ['--otlp-endpoint', tap.url, '--log-format', 'json']
  const result = await runCli([...device, ...most, ...traced, ...flags], { env })
  assert.equal(result.code, 0, result.stderr)
  const rows = readCsv(output)
  assert.equal(rows.length, images)
  return result
}

/** One image of noise over HTTP. */
async function infer(name: string, traceparent?: string): Promise<void> {
  const [, port = ''] = (await tiers.get(name)?.waitFor(/"port":(\d+)/)) ?? []
  const data = Array.from({ length: side * side * 3 }, (_, i) => (i * 7) % 256)
  const response = await fetch(`http://127.0.0.1:${port}/v2/models/ddnn/infer`, {
    method: 'POST',
    headers: traceparent === undefined ? {} : { traceparent },
    body: JSON.stringify({
      inputs: [{ name: 'image', datatype: 'UINT8', shape: [1, side, side, 3], data }],
    }),
  })
  assert.equal(response.status, 200, await response.text())
}

/** The spans that came of it: of as many traces as are named, and until no more come. */
async function newSpans(act: () => Promise<unknown>, traces = 1): Promise<readonly SentSpan[]> {
  const known = collector.spans().length
  await act()
  const fresh = () => collector.spans().slice(known)
  let seen = -1
  await until('spans of every process', async () => {
    const before = seen
    seen = fresh().length
    // Longer than spans wait for the rest of their batch.
    await new Promise((resolve) => setTimeout(resolve, 1000))
    return tracesOf(fresh()).size >= traces && seen === before && seen === fresh().length
  })
  return fresh()
}
