// One trace from a device over edge and fog to the cloud and back, as OTLP carries it. OpenTelemetry's own collector
// receives it in test/tracing/.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { readCsv, runCli, tempFolder } from '../helpers/cli.ts'
import { labelledImages } from '../helpers/images.ts'
import { madeTiers, writeMadeFamily } from '../helpers/made-family.ts'
import { servicesOf, startSpanSink, tracesOf } from '../helpers/span-sink.ts'
import type { SentSpan, SpanSink } from '../helpers/span-sink.ts'
import { assertJoined, assertMessages, assertPasses } from '../helpers/trace-checks.ts'
import { chainFlags, deviceFlags, newTopics, startCluster, startTier, stopTiers } from './chain.ts'
import type { Cluster } from './chain.ts'

let cluster: Cluster
let spans: readonly SentSpan[]
let sink: SpanSink
const images = 5

before(async () => {
  cluster = await startCluster()
  sink = await startSpanSink()
  const family = join(tempFolder(), 'family')
  // Nothing leaves before the cloud.
  await writeMadeFamily(family, { seed: 5, thresholds: [1.1, 1.1] })
  const topics = newTopics()
  const flags = chainFlags(cluster, topics)
  const traced = ['--otlp-endpoint', sink.url, '--log-level', 'debug', '--log-format', 'json']
  const tiers = await Promise.all(
    madeTiers.map((name) =>
      startTier([
        ...['--name', name, '--models', join(family, name), '--engine', 'wasm'],
        ...flags[name],
        ...traced,
      ]),
    ),
  )
  const output = join(tempFolder(), 'results.csv')
  const folder = await labelledImages(images / 5)
  const device = await runCli([...deviceFlags(cluster, topics, folder, output), ...traced])
  assert.equal(device.code, 0, device.stderr)
  assert.equal(readCsv(output).length, images)
  await stopTiers(tiers)
  spans = sink.spans()
  const logs = tiers.map((tier) => tier.output()).join('\n')
  assert.match(
    logs,
    new RegExp(`"traceId":"${spans[0]?.traceId ?? 'none'}".*"a request was answered"`),
  )
})

after(async () => {
  sink?.close()
  await cluster?.kafka.stop()
})

test('each image is one trace of four processes', () => {
  const traces = tracesOf(spans)
  assert.equal(traces.size, images)
  for (const all of traces.values()) {
    assert.deepEqual(servicesOf(all), ['cloud', 'device', 'edge', 'fog'])
  }
})

test('every span but the first hangs below another of its trace, which began before it', () => {
  assertJoined(spans, ['answer image'])
  assert.equal(spans.filter(({ name }) => name === 'answer image').length, images)
})

test('messages are told by the conventions of messaging', () => {
  assertMessages(spans, images)
})

test('submodels tell their exit, its confidence and the batch', () => {
  assertPasses(spans, images)
})
