// What a process says of its collector, and which words of OpenTelemetry's variables it takes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readBatchSettings } from '../../src/telemetry/tracing/batch-settings.ts'
import { createCollectorLog } from '../../src/telemetry/tracing/collector-log.ts'
import { loadTracing } from '../../src/telemetry/tracing/load-tracing.ts'
import { noTracing } from '../../src/telemetry/tracing/tracing.ts'
import { createSilentLog } from '../../src/telemetry/log.ts'

function scene(url = 'http://name:secret@collector:4318/?key=secret') {
  const lines: string[] = []
  const tell = (line: unknown) => void lines.push(String(line))
  return { lines, collector: createCollectorLog({ warn: tell, info: tell }, url) }
}

test('a collector that takes no spans is told of once until it does, without its password', () => {
  const { lines, collector } = scene()
  const refused = Object.assign(new Error(''), { code: 'ECONNREFUSED' })
  collector.ended()
  for (let i = 0; i < 3; i++) collector.ended(refused)
  assert.equal(lines.length, 1)
  assert.match(
    lines[0] ?? '',
    /a collector at http:\/\/collector:4318\/ to .*, got ECONNREFUSED: .* port 4318$/,
  )
  collector.ended()
  collector.ended()
  assert.equal(lines.length, 2)
  collector.ended(Object.assign(new Error('Unauthorized'), { code: 401 }))
  assert.match(lines[2] ?? '', /got status 401: .* OTEL_EXPORTER_OTLP_HEADERS takes its token$/)
  assert.doesNotMatch(lines.join(), /secret/)
})

test('last spans that nobody takes are told of, unless that is known', () => {
  const { lines, collector } = scene()
  collector.cutOff()
  assert.match(lines.join(), /to take the last spans before the end, got no answer/)
  collector.cutOff()
  assert.equal(lines.length, 1)
})

test('a variable that names no address is told; without a collector nothing is recorded', async () => {
  const [quiet, of] = [
    { endpoint: undefined, ratio: 1 },
    { name: 'x', version: '0' },
  ]
  const load = (env: NodeJS.ProcessEnv) =>
    loadTracing(quiet, { ...of, log: createSilentLog() }, env)
  for (const address of ['collector:4318', 'grpc://name:secret@collector', 'http://', '4318']) {
    await assert.rejects(load({ OTEL_EXPORTER_OTLP_ENDPOINT: address }), (thrown: Error) => {
      assert.match(thrown.message, /^Expected OTEL_EXPORTER_OTLP_ENDPOINT to be http:/)
      assert.doesNotMatch(thrown.message, /secret/)
      return true
    })
  }
  assert.equal(await load({}), noTracing)
  assert.equal(await load({ OTEL_EXPORTER_OTLP_ENDPOINT: '' }), noTracing)
  const off = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_SDK_DISABLED: 'true' }
  assert.equal(await load(off), noTracing)
})

test('batches are as the variables say, where those are numbers', () => {
  assert.deepEqual(
    readBatchSettings({
      OTEL_BSP_SCHEDULE_DELAY: '200',
      OTEL_BSP_MAX_QUEUE_SIZE: 'many',
      OTEL_BSP_EXPORT_TIMEOUT: '-1',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '',
    }),
    { scheduledDelayMillis: 200 },
  )
})
