import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DdnnError } from '../../src/errors.ts'
import { serveHealth } from '../../src/telemetry/health.ts'
import { createMetrics } from '../../src/telemetry/metrics/metrics.ts'

const nothing = () => []
const serve = (missing: () => readonly string[], loading: () => readonly string[] = nothing) =>
  serveHealth({ host: '127.0.0.1', port: 0, metrics: createMetrics(), missing, loading })

test('live answers at once, ready only when nothing is missing, under both sets of paths', async () => {
  let missing: readonly string[] = ['no broker answers at kafka:9092']
  const health = await serve(() => missing)
  const get = (path: string) => fetch(`http://127.0.0.1:${health.port}${path}`)
  for (const path of ['/v2/health/live', '/livez', '/healthz']) {
    const response = await get(path)
    assert.equal(response.status, 200)
    assert.deepEqual(await response.json(), { live: true, missing: [] })
  }
  for (const path of ['/v2/health/ready', '/readyz']) {
    const response = await get(path)
    assert.equal(response.status, 503)
    assert.deepEqual(await response.json(), { ready: false, missing })
  }
  missing = []
  for (const path of ['/v2/health/ready', '/readyz']) assert.equal((await get(path)).status, 200)
  assert.equal((await get('/elsewhere')).status, 404)
  await health.close()
})

test('a process has started when its models are warm, whatever its links miss', async () => {
  let loading: readonly string[] = ['models are loading: saved_models/edge']
  const health = await serve(
    () => ['no broker answers at kafka:9092'],
    () => loading,
  )
  const get = () => fetch(`http://127.0.0.1:${health.port}/startupz`)
  const before = await get()
  assert.equal(before.status, 503)
  assert.deepEqual(await before.json(), { started: false, missing: loading })
  loading = []
  const after = await get()
  assert.equal(after.status, 200)
  assert.deepEqual(await after.json(), { started: true, missing: [] })
  await health.close()
})

test('models are a list, empty where there are none', async () => {
  const get = async (models?: () => readonly object[]) => {
    const nobody = { host: '127.0.0.1', port: 0, metrics: createMetrics() }
    const health = await serveHealth({
      ...nobody,
      missing: nothing,
      loading: nothing,
      ...(models === undefined ? {} : { models }),
    })
    const response = await fetch(`http://127.0.0.1:${health.port}/v2/models`)
    await health.close()
    assert.equal(response.status, 200)
    return response.json()
  }
  assert.deepEqual(await get(), [])
  assert.deepEqual(await get(() => [{ name: 'fog', family: 'a' }]), [{ name: 'fog', family: 'a' }])
})

test('metrics are in the text form of Prometheus', async () => {
  const health = await serve(() => [])
  const text = await (await fetch(`http://127.0.0.1:${health.port}/metrics`)).text()
  for (const name of ['ddnn_requests_total', 'ddnn_exit_total', 'ddnn_latency_seconds']) {
    assert.match(text, new RegExp(`^# HELP ${name} `, 'm'))
  }
  await health.close()
})

test('a port that is taken is named', async () => {
  const first = await serve(() => [])
  await assert.rejects(
    serveHealth({
      host: '127.0.0.1',
      port: first.port,
      metrics: createMetrics(),
      missing: nothing,
      loading: nothing,
    }),
    (error) => error instanceof DdnnError && error.code === 'DDNN_CONFIG_INVALID',
  )
  await first.close()
})
