// `ddnn health` against whatever may stand at its port; probes.test.ts asks real tiers with it.
import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { serveHealth } from '../../src/telemetry/health.ts'
import { createMetrics } from '../../src/telemetry/metrics/metrics.ts'
import { runCli } from '../helpers/cli.ts'

async function serve(answer: RequestListener): Promise<{ port: number; close: () => void }> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { port, close: () => void server.close() }
}

test('each probe asks its own question, with the port and host of the environment', async () => {
  const health = await serveHealth({
    host: '127.0.0.1',
    port: 0,
    metrics: createMetrics(),
    missing: () => ['models are loading: edge', 'no broker answers at kafka:9092'],
    loading: () => ['models are loading: edge'],
  })
  // As in a container: where the process listens on all its addresses.
  const env = { DDNN_HTTP_PORT: String(health.port), DDNN_HTTP_HOST: '0.0.0.0' }
  const ask = async (...flags: readonly string[]) => {
    const { code, stdout } = await runCli(['health', ...flags], { env })
    return [code, stdout]
  }
  assert.deepEqual(await ask('--probe', 'live'), [0, 'live\n'])
  assert.deepEqual(await ask('--probe', 'startup'), [1, 'not startup: models are loading: edge\n'])
  const all = 'not ready: models are loading: edge; no broker answers at kafka:9092\n'
  assert.deepEqual(await ask(), [1, all])
  await health.close()
})

test('who is not ddnn is not healthy, whatever it answers', async () => {
  const answers: readonly RequestListener[] = [
    (_, response) => response.end('<html>Welcome'),
    (_, response) => response.end('{"status":"UP"}'),
    (_, response) => response.writeHead(404).end(),
  ]
  for (const answer of answers) {
    const { port, close } = await serve(answer)
    const { code, stdout } = await runCli(['health', '--http-port', String(port)])
    assert.equal(code, 1, stdout)
    assert.match(stdout, /^not ready: http:.* is no health page of ddnn \(HTTP \d+\)\n$/)
    close()
  }
  const endless = await serve((_, response) => {
    response.write('x'.repeat(100_000))
  })
  const { code, stdout } = await runCli(['health', '--http-port', String(endless.port)])
  assert.equal(code, 1, stdout)
  assert.match(stdout, /more than 65536 bytes/)
  endless.close()
})

test('nobody at the port is exit code 1, wrong flags are 2', async () => {
  const nobody = await runCli(['health', '--http-port', '1'])
  assert.equal(nobody.code, 1)
  assert.equal(nobody.stdout, 'not ready: http://127.0.0.1:1/v2/health/ready: ECONNREFUSED\n')
  const noPort = await runCli(['health'])
  assert.equal(noPort.code, 2)
  assert.match(noPort.stderr, /Expected --http-port to be given/)
  const noProbe = await runCli(['health', '--http-port', '1', '--probe', 'alive'])
  assert.equal(noProbe.code, 2)
  assert.match(noProbe.stderr, /Expected --probe to be one of live, startup, ready, got 'alive'/)
})
