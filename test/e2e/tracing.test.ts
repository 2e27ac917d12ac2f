// One trace from a device over edge and fog to the cloud and back, as a collector receives it over OTLP.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { readCsv, runCli, tempFolder } from '../helpers/cli.ts'
import { labelledImages } from '../helpers/images.ts'
import { madeTiers, writeMadeFamily } from '../helpers/made-family.ts'
import {
  backFlags,
  deviceFlags,
  frontFlags,
  newTopics,
  startCluster,
  startTier,
  stopTiers,
  type Cluster,
} from './chain.ts'

interface Value {
  readonly stringValue?: string
  readonly intValue?: number | string
  readonly doubleValue?: number
  readonly boolValue?: boolean
}

interface SentSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { readonly key: string; readonly value: Value }[]
  readonly service: string
}

let cluster: Cluster
let spans: readonly SentSpan[]
let collector: Awaited<ReturnType<typeof startCollector>>
const images = 5

before(async () => {
  cluster = await startCluster()
  collector = await startCollector()
  const family = join(tempFolder(), 'family')
  // Nothing leaves before the cloud.
  await writeMadeFamily(family, { seed: 5, thresholds: [1.1, 1.1] })
  const t = newTopics()
  const flags = {
    edge: [
      ...backFlags(cluster, t.deviceToEdge, t.edgeToDevice),
      ...frontFlags(cluster, t.edgeToFog, t.fogToEdge),
    ],
    fog: [
      ...backFlags(cluster, t.edgeToFog, t.fogToEdge),
      ...frontFlags(cluster, t.fogToCloud, t.cloudToFog),
    ],
    cloud: backFlags(cluster, t.fogToCloud, t.cloudToFog),
  }
  const traced = ['--otlp-endpoint', collector.url, '--log-level', 'debug', '--log-format', 'json']
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
  const device = await runCli([...deviceFlags(cluster, t, folder, output), ...traced])
  assert.equal(device.code, 0, device.stderr)
  assert.equal(readCsv(output).length, images)
  await stopTiers(tiers)
  spans = collector.spans()
  const logs = tiers.map((tier) => tier.output()).join('\n')
  assert.match(
    logs,
    new RegExp(`"traceId":"${spans[0]?.traceId ?? 'none'}".*"a request was answered"`),
  )
})

after(async () => {
  collector?.close()
  await cluster?.kafka.stop()
})

test('each image is one trace of four processes', () => {
  const begun = spans.filter(({ name }) => name === 'answer image')
  assert.equal(new Set(begun.map(({ traceId }) => traceId)).size, images)
  for (const { traceId } of begun) {
    const all = spans.filter((span) => span.traceId === traceId)
    const services = new Set(all.map(({ service }) => service))
    assert.deepEqual([...services].sort(), ['cloud', 'device', 'edge', 'fog'])
  }
})

test('every span but the first hangs below another of its trace, which began before it and ended after it', () => {
  for (const span of spans) {
    if (span.parentSpanId === undefined || span.parentSpanId === '') {
      assert.equal(span.name, 'answer image')
      continue
    }
    const parent = spans.find(({ spanId }) => spanId === span.parentSpanId)
    assert.equal(parent?.traceId, span.traceId, span.name)
    // Clocks of one machine; parts are placed one after the other, to the millisecond.
    assert.ok(ms(span.startTimeUnixNano) >= ms(parent?.startTimeUnixNano) - 2, span.name)
  }
})

test('messages are told by the conventions of messaging', () => {
  const received = spans.filter(({ kind }) => kind === 5)
  assert.equal(received.length, images * 3)
  for (const span of received) {
    const facts = factsOf(span)
    assert.match(span.name, /^process from_/)
    assert.equal(facts['messaging.system'], 'kafka')
    assert.equal(facts['messaging.destination.name'], span.name.slice('process '.length))
    assert.equal(facts['messaging.operation.type'], 'process')
    assert.ok(Number(facts['messaging.message.body.size']) > 0)
    assert.match(String(facts['messaging.message.conversation_id']), /^.+:\d+$/)
    const parent = spans.find(({ spanId }) => spanId === span.parentSpanId)
    assert.equal(parent?.kind, 4)
    assert.equal(parent?.name, span.name.replace('process', 'send'))
  }
})

test('submodels tell their exit, its confidence and the batch', () => {
  for (const [i, name] of madeTiers.entries()) {
    const passes = spans.filter((span) => span.name === `submodel ${name}`)
    assert.equal(passes.length, images)
    for (const pass of passes) {
      const facts = factsOf(pass)
      assert.equal(Number(facts['ddnn.exit']), i)
      assert.ok(Number(facts['ddnn.confidence']) > 0)
      assert.ok(Number(facts['ddnn.batch_size']) >= 1)
    }
  }
})

function factsOf({ attributes }: SentSpan): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.intValue ?? value.doubleValue ?? value.boolValue,
    ]),
  )
}

const ms = (nanoseconds: string | undefined) => Number(BigInt(nanoseconds ?? 0) / 1_000_000n)

/** Takes what OTLP over HTTP sends as JSON. */
async function startCollector() {
  const received: SentSpan[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    request.on('end', () => {
      assert.equal(request.url, '/v1/traces')
      const { resourceSpans } = JSON.parse(text) as {
        readonly resourceSpans: readonly {
          readonly resource: { readonly attributes: SentSpan['attributes'] }
          readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[]
        }[]
      }
      for (const { resource, scopeSpans } of resourceSpans) {
        const name = resource.attributes.find(({ key }) => key === 'service.name')
        const service = name?.value.stringValue ?? ''
        for (const { spans: own } of scopeSpans) {
          received.push(...own.map((span) => ({ ...span, service })))
        }
      }
      response.setHeader('content-type', 'application/json').end('{}')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    spans: () => received,
    close: () => server.close(),
  }
}
