// Crashes, with a worker of our own that speaks the protocol and dies when it is told to: a real thread,
// since what is tested is what the host makes of its end.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { SubmodelSpec } from '../../../src/domain/submodel.ts'
import type { Stage } from '../../../src/engine/engine.ts'
import { WorkerEngine } from '../../../src/engine/host/worker-engine.ts'

// Answers its input; -1 ends the thread, -2 throws, -3 ends it now and at every later start.
const source = `
import { parentPort, workerData } from 'node:worker_threads'
import { existsSync, writeFileSync } from 'node:fs'
const doomed = new URL('./doomed', import.meta.url)
if (existsSync(doomed)) process.exit(7)
parentPort.on('message', (message) => {
  if (message.kind === 'load') {
    parentPort.postMessage({ kind: 'loaded', shapes: [{ input: [1], features: null, exits: [1] }] })
  } else if (message.kind === 'run') {
    const input = new Float32Array(message.input, 0, message.count)
    if (input.includes(-1)) process.exit(3)
    if (input.includes(-3)) { writeFileSync(doomed, ''); process.exit(3) }
    if (input.includes(-2)) {
      const error = { code: 'DDNN_ENGINE_FAILED', message: 'out of numbers' }
      return parentPort.postMessage({ kind: 'failed', error })
    }
    const outputs = { features: undefined, exits: [input.slice()] }
    parentPort.postMessage({ kind: 'ran', outputs, computeMs: 1 })
  } else parentPort.postMessage({ kind: 'disposed', memory: { tensors: 0, bytes: 0 } })
})
parentPort.postMessage({ kind: 'started', description: workerData.engine + ' of the test' })
`

const spec = { name: 'edge', folder: '/nowhere', format: 'tfjs-layers' } as SubmodelSpec
let folder = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ddnn-worker-'))
})
after(() => rm(folder, { recursive: true }))

async function start(name: string, workers: number) {
  const file = join(folder, `${name}.mjs`)
  await writeFile(file, source)
  const crashes: Error[] = []
  const engine = await WorkerEngine.start({
    name: 'wasm',
    workers,
    maxBatchSize: 2,
    maxQueueDelayMs: 0,
    onCrash: (error) => crashes.push(error),
    workerFile: pathToFileURL(file),
    restartDelayMs: 50,
  })
  const [stage] = await engine.load([spec])
  assert.ok(stage)
  return { engine, stage, crashes }
}

async function runOne(stage: Stage, value: number): Promise<number | undefined> {
  return (await stage.run((slot) => slot.fill(value))).exits[0]?.[0]
}

test('a crash rejects its own batch, and another worker takes the next', async () => {
  const { engine, stage, crashes } = await start('crash', 1)
  assert.equal(engine.description, 'wasm of the test')
  assert.equal(await runOne(stage, 5), 5)
  const runs = [-1, 6, 7, 8].map((value) => runOne(stage, value))
  const [first, second, third, fourth] = await Promise.allSettled(runs)
  for (const lost of [first, second]) {
    assert.ok(lost?.status === 'rejected')
    const error = lost.reason as { code: string; retriable: boolean; message: string }
    assert.equal(error.code, 'DDNN_ENGINE_FAILED')
    assert.equal(error.retriable, true)
    assert.match(error.message, /'edge'.*exit code 3/)
  }
  assert.ok(third?.status === 'fulfilled' && third.value === 7)
  assert.ok(fourth?.status === 'fulfilled' && fourth.value === 8)
  assert.equal(crashes.length, 1)
  await engine.dispose()
})

test('a forward pass that throws rejects its batch, and the worker lives', async () => {
  const { engine, stage, crashes } = await start('throw', 1)
  await assert.rejects(runOne(stage, -2), { code: 'DDNN_ENGINE_FAILED', retriable: false })
  assert.equal(await runOne(stage, 9), 9)
  assert.equal(crashes.length, 0)
  await engine.dispose()
})

test('without any worker left samples wait for the one that comes back', async () => {
  const { engine, stage, crashes } = await start('doomed', 1)
  await assert.rejects(runOne(stage, -3), { code: 'DDNN_ENGINE_FAILED', retriable: true })
  while (crashes.length < 2) await wait(5)
  assert.equal(engine.isServing, false)
  const waiting = runOne(stage, 4)
  await rm(join(folder, 'doomed'))
  assert.equal(await waiting, 4)
  assert.equal(engine.isServing, true)
  // The crash and the first failed attempt; the others say nothing new.
  assert.equal(crashes.length, 2)
  await engine.dispose()
})

test('an engine whose workers never start again is gone: who waits is rejected, and its owner is told first', async () => {
  const { engine, stage, crashes } = await start('gone', 2)
  await Promise.allSettled([-3, -3].map((value) => runOne(stage, value)))
  const order: string[] = []
  const told = engine.gone.then((error) => order.push(error.message))
  await assert.rejects(
    runOne(stage, 1).finally(() => order.push('rejected')),
    { code: 'DDNN_ENGINE_FAILED', message: /no worker left/ },
  )
  await told
  assert.match(order[0] ?? '', /start again, got 20 failures: .*exit code 7/)
  assert.equal(order[1], 'rejected')
  await assert.rejects(runOne(stage, 1), { code: 'DDNN_ENGINE_FAILED', message: /no worker left/ })
  assert.ok(crashes.length <= 4, crashes.join('\n'))
  await engine.dispose()
  await rm(join(folder, 'doomed'))
})

test('a crash while closing ends the samples that wait', async () => {
  const { engine, stage } = await start('closing', 1)
  const runs = [-1, 0, 1].map((value) => runOne(stage, value))
  const settled = Promise.allSettled(runs)
  await engine.dispose()
  for (const run of await settled) assert.equal(run.status, 'rejected')
})

test('idle workers share what waits', async () => {
  const { engine, stage } = await start('share', 2)
  const runs = await Promise.all([1, 2].map((value) => stage.run((slot) => slot.fill(value))))
  assert.deepEqual(
    runs.map(({ batchSize }) => batchSize),
    [1, 1],
  )
  await engine.dispose()
})
