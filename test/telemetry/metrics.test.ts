import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { addAliases } from '../../src/telemetry/metrics/aliases.ts'
import { createMetrics } from '../../src/telemetry/metrics/metrics.ts'
import { withSeries } from '../../src/telemetry/metrics/metrics-doc.ts'
import { metricTable } from '../../src/telemetry/metrics/table.ts'
import { createTierMeter } from '../../src/telemetry/metrics/tier-meter.ts'
import { repoPath } from '../helpers/paths.ts'

/** Lines of a scrape that begin so. */
const lines = (text: string, begin: string) =>
  text.split('\n').filter((line) => line.startsWith(begin))

test('docs/metrics.md is what the table of series says', () => {
  const page = readFileSync(repoPath('docs/metrics.md'), 'utf8')
  assert.deepEqual(withSeries(page).split('\n'), page.split('\n'))
})

test('names are those that Prometheus asks for', () => {
  for (const { type, name } of Object.values(metricTable)) {
    assert.match(name, /^ddnn_[a-z_]+$/)
    assert.equal(name.endsWith('_total'), type === 'counter', name)
  }
})

test('what is known of a tier is shown at zero before its first request', async () => {
  const metrics = createMetrics()
  const meter = createTierMeter(metrics, 'edge')
  meter.serves('a', ['stem', 'head'], [{ exit: 0 }, { exit: 1 }])
  meter.offloads('int8+deflate', 'binary')
  const text = await metrics.text()
  for (const line of [
    'ddnn_requests_total{tier="edge",outcome="fallback"} 0',
    'ddnn_exit_total{tier="edge",exit="1"} 0',
    'ddnn_exit_confidence_count{tier="edge",exit="0"} 0',
    'ddnn_latency_seconds_bucket{le="60",tier="edge",stage="offload"} 0',
    'ddnn_batch_size_count{tier="edge",submodel="head"} 0',
    'ddnn_bytes_total{tier="edge",direction="sent",codec="int8+deflate"} 0',
    'ddnn_fallbacks_total{tier="edge",reason="DDNN_REPLY_TIMEOUT"} 0',
  ]) {
    assert.deepEqual(lines(text, line), [line])
  }
})

test('what has been counted stays when more becomes known', async () => {
  const metrics = createMetrics()
  const meter = createTierMeter(metrics, 'edge')
  meter.serves('a', ['stem'], [{ exit: 0 }])
  meter.passed(passOf({ exit: 0, confidence: 0.5, left: true }))
  meter.left(0)
  meter.serves('a', ['stem', 'head'], [{ exit: 0 }, { exit: 1 }])
  const text = await metrics.text()
  assert.equal(lines(text, 'ddnn_exit_total{tier="edge",exit="0"} 1').length, 1)
  assert.equal(lines(text, 'ddnn_exit_confidence_count{tier="edge",exit="0"} 1').length, 1)
})

test('a batch is counted once, however many samples it has', async () => {
  const metrics = createMetrics()
  const meter = createTierMeter(metrics, 'edge')
  for (const isFirst of [true, false, false]) meter.passed({ ...passOf(), batchSize: 3, isFirst })
  const text = await metrics.text()
  assert.equal(lines(text, 'ddnn_batch_size_sum{tier="edge",submodel="stem"} 3').length, 1)
  assert.equal(lines(text, 'ddnn_batch_size_count{tier="edge",submodel="stem"} 1').length, 1)
})

test('drift is how far the last samples are from the calibration', async () => {
  const metrics = createMetrics()
  const meter = createTierMeter(metrics, 'edge')
  meter.serves('a', ['stem'], [{ exit: 0, rate: 0.5, confidence: 0.75 }, { exit: 1 }])
  const none = await metrics.text()
  assert.deepEqual(lines(none, 'ddnn_exit_rate'), [])
  for (let i = 0; i < 3000; i++) {
    meter.passed(passOf({ exit: 0, confidence: 0.25, left: i % 10 === 0 }))
    meter.passed(passOf({ exit: 1, confidence: Number.NaN, left: true }))
  }
  const value = async (name: string) =>
    Number(
      lines(await metrics.text(), `${name}{`)[0]
        ?.split(' ')
        .at(-1),
    )
  assert.ok(Math.abs((await value('ddnn_exit_rate')) - 0.1) < 0.01)
  assert.ok(Math.abs((await value('ddnn_exit_rate_drift')) + 0.4) < 0.01)
  assert.ok(Math.abs((await value('ddnn_exit_confidence_drift')) + 0.5) < 0.01)
  meter.serves('a', ['stem'], [{ exit: 0 }])
  assert.deepEqual(lines(await metrics.text(), 'ddnn_exit_rate_drift{'), [])
})

test('drift of models that were replaced says nothing of those that came', async () => {
  const metrics = createMetrics()
  const meter = createTierMeter(metrics, 'edge')
  const exits = [{ exit: 0, rate: 0.5, confidence: 0.75 }]
  const rates = async () => lines(await metrics.text(), 'ddnn_exit_rate')
  meter.serves('a', ['stem'], exits)
  meter.passed(passOf({ exit: 0, confidence: 0.25, left: false }))
  // Told of again, as at a reload that changes nothing.
  meter.serves('a', ['stem'], exits)
  assert.deepEqual(await rates(), [
    'ddnn_exit_rate{tier="edge",exit="0"} 0',
    'ddnn_exit_rate_drift{tier="edge",exit="0"} -0.5',
  ])
  meter.serves('b', ['stem'], exits)
  assert.deepEqual(await rates(), [])
  meter.passed(passOf({ exit: 0, confidence: 0.75, left: true }))
  assert.deepEqual(await rates(), [
    'ddnn_exit_rate{tier="edge",exit="0"} 1',
    'ddnn_exit_rate_drift{tier="edge",exit="0"} 0.5',
  ])
})

test("Triton's names tell the same numbers, at every scrape anew", async () => {
  const metrics = createMetrics()
  addAliases(metrics)
  const meter = createTierMeter(metrics, 'edge')
  meter.passed({ ...passOf(), batchSize: 4, isFirst: true })
  for (const outcome of ['exit', 'offload', 'late', 'overloaded', 'error'] as const) {
    meter.ended(outcome)
  }
  meter.spent('total', 250)
  for (let scrape = 0; scrape < 2; scrape++) {
    const text = await metrics.text()
    for (const line of [
      'nv_inference_request_success{model="edge",version=""} 2',
      'nv_inference_request_failure{model="edge",version="",reason="REJECTED"} 1',
      'nv_inference_request_failure{model="edge",version="",reason="CANCELED"} 1',
      'nv_inference_count{model="edge",version=""} 4',
      'nv_inference_exec_count{model="edge",version=""} 1',
      'nv_inference_request_duration_us{model="edge",version=""} 250000',
    ]) {
      assert.deepEqual(lines(text, line), [line])
    }
  }
})

function passOf(exit?: { exit: number; confidence: number; left: boolean }) {
  const exits = exit === undefined ? [] : [exit]
  return { submodel: 'stem', queueMs: 1, computeMs: 2, batchSize: 1, isFirst: true, exits }
}
