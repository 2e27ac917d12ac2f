// Keeping one process running: real processes that answer as a tier does, or die.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  keepRunning,
  type KeptProcess,
  type RestartPolicy,
} from '../../../src/serving/supervisor/keep-running.ts'
import { tempFolder } from '../../helpers/cli.ts'
import { runningOf } from '../../helpers/processes.ts'
import { until } from '../../helpers/until.ts'

/** PORT: is ready there, and ends at SIGTERM. dead CODE: says a word and ends. deaf: answers to no signal. */
const script = `
const [what, value] = process.argv.slice(2)
if (what === 'dead') {
  console.error('ddnn: Expected a better model [DDNN_MODEL_DAMAGED]\\n  Train it again')
  process.exitCode = Number(value)
} else {
  const { createServer } = await import('node:http')
  createServer((_, response) => response.end()).listen(Number(value), '127.0.0.1')
  console.log('up', process.env.DDNN_SUPERVISED, process.connected)
  process.on('SIGTERM', () => what === 'deaf' || process.exit(0))
  process.on('disconnect', () => process.exit(0))
}
`
const main = join(tempFolder(), 'tier.mjs')
writeFileSync(main, script)

const fast: RestartPolicy = { firstWaitMs: 1, mostWaitMs: 4, fastMs: 60_000, mostFastDeaths: 4 }

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as AddressInfo
  await new Promise((closed) => server.close(closed))
  return port
}

interface Kept {
  readonly kept: KeptProcess
  readonly lines: readonly string[]
  readonly said: readonly string[]
}

function keep(argv: readonly string[], port: number, endWithinMs = 5000): Kept {
  const lines: string[] = []
  const said: string[] = []
  const kept = keepRunning(
    { label: 'edge', argv, readyUrl: `http://127.0.0.1:${port}/v2/health/ready`, endWithinMs },
    {
      main,
      env: {},
      onLine: (stream, line) => lines.push(`${stream}: ${line}`),
      say: (line) => said.push(line),
      policy: fast,
    },
  )
  return { kept, lines, said }
}

test('it is ready when its page says so, knows its parent, and is gone after end', async () => {
  const port = await freePort()
  const { kept, lines } = keep(['live', String(port)], port)
  await kept.ready
  const pid = kept.pid() ?? 0
  assert.deepEqual(lines, ['stdout: up 1 true'])
  assert.deepEqual(runningOf([pid]), [pid])
  await kept.end()
  assert.deepEqual(runningOf([pid]), [])
})

test('one that does not end in order ends by force', async () => {
  const port = await freePort()
  const { kept } = keep(['deaf', String(port)], port, 100)
  await kept.ready
  const pid = kept.pid() ?? 0
  await kept.end()
  assert.deepEqual(runningOf([pid]), [])
})

test('one that is killed is started again, and said to be ready again', async () => {
  const port = await freePort()
  const { kept, said } = keep(['live', String(port)], port)
  await kept.ready
  const first = kept.pid() ?? 0
  process.kill(first, 'SIGKILL')
  await until('it to be ready again', () => said.includes('is ready again'))
  assert.notEqual(kept.pid(), first)
  assert.equal(said[0], 'ended with SIGKILL; starts again in 0.001 s')
  await kept.end()
})

test('one that only dies is given up, after waits that double up to the longest', async () => {
  const { kept, said } = keep(['dead', '1'], await freePort())
  const error = await kept.failed
  assert.match(error.message, /^edge ended 4 times within 60 s of its start, .* exit code 1/)
  assert.deepEqual(
    said.map((line) => / in ([\d.]+) s$/.exec(line)?.[1]),
    ['0.001', '0.002', '0.004'],
  )
})

test('one that says at its start that it cannot is not started again, and its words are kept', async () => {
  const { kept, said } = keep(['dead', '2'], await freePort())
  const error = await kept.failed
  assert.deepEqual(
    { ...error, message: error.message },
    {
      code: 'DDNN_MODEL_DAMAGED',
      message: 'edge could not start: Expected a better model',
      hint: 'Train it again',
      retriable: false,
      name: 'ConfigError',
    },
  )
  assert.deepEqual(said, [])
})
