// Crashes, with a worker of our own that speaks the protocol and dies when it is told to: a real thread,
// since what is tested is what the host makes of its end.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import type { SubmodelSpec } from '../../../../src/domain/submodel.ts'
import type { Stage } from '../../../../src/serving/engine/engine.ts'
import type { LoadOptions, Runtime } from '../../../../src/serving/engine/host/runtime.ts'
import { WorkerEngine } from '../../../../src/serving/engine/host/worker-engine.ts'

// Answers its input; -1 ends the thread, -2 throws, -3 ends it now and at every later start, -4 takes a while,
// -5 ends it the first time. Writes down what it is loaded with; takes 3 threads where it may choose. A pass of
// one sample takes 3 ms, as it says.
const source = `
import { parentPort, workerData } from 'node:worker_threads'
import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
const doomed = new URL('./doomed', import.meta.url)
const [loads, once] = ['.loads', '.once'].map((end) => new URL(import.meta.url + end))
if (existsSync(doomed)) process.exit(7)
parentPort.on('message', (message) => {
  if (message.kind === 'load') {
    const shapes = { input: [1], features: null, exits: [1] }
    const [asked] = message.threads
    appendFileSync(loads, asked + ' of ' + message.workers + ' workers, ')
    const stages = [{ shapes, threads: asked ?? 3, passMs: 3, note: 'asked for ' + asked }]
    parentPort.postMessage({ kind: 'loaded', stages })
  } else if (message.kind === 'run') {
    const input = new Float32Array(message.input, 0, message.count)
    if (input.includes(-1)) process.exit(3)
    if (input.includes(-3)) { writeFileSync(doomed, ''); process.exit(3) }
    if (input.includes(-5) && !existsSync(once)) { writeFileSync(once, ''); process.exit(3) }
    if (input.includes(-2)) {
      const error = { code: 'DDNN_ENGINE_FAILED', message: 'out of numbers' }
      return parentPort.postMessage({ kind: 'failed', error })
    }
    const outputs = { features: undefined, exits: [input.slice()] }
    const answer = () => parentPort.postMessage({ kind: 'ran', outputs, computeMs: 1 })
    if (input.includes(-4)) setTimeout(answer, 100)
    else answer()
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

async function start(name: string, workers: number, startHere?: () => Promise<Runtime>) {
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
    startHere,
  })
  const [stage] = await engine.load([spec])
  assert.ok(stage)
  return { engine, stage, crashes }
}

async function runOne(stage: Stage, value: number): Promise<number | undefined> {
  return (await stage.run((slot) => slot.fill(value))).exits[0]?.[0]
}

test('a sample that crashes two workers is rejected, and who was lost with it is answered by another', async () => {
  const { engine, stage, crashes } = await start('crash', 1)
  assert.equal(engine.description, 'wasm of the test')
  assert.equal(await runOne(stage, 5), 5)
  const runs = [-1, 6, 7, 8].map((value) => runOne(stage, value))
  const [first, ...others] = await Promise.allSettled(runs)
  assert.ok(first?.status === 'rejected')
  const error = first.reason as { code: string; retriable: boolean; message: string }
  assert.equal(error.code, 'DDNN_ENGINE_FAILED')
  assert.equal(error.retriable, true)
  assert.match(error.message, /'edge'.*exit code 3/)
  assert.deepEqual(
    others.map((run) => run.status === 'fulfilled' && run.value),
    [6, 7, 8],
  )
  assert.equal(crashes.length, 2)
  await engine.dispose()
})

test('samples of a batch that was lost are run again, each in a batch of its own', async () => {
  const { engine, stage, crashes } = await start('once', 1)
  const runs = await Promise.all([-5, 6].map((value) => stage.run((slot) => slot.fill(value))))
  assert.deepEqual(
    runs.map(({ exits, batchSize }) => [exits[0]?.[0], batchSize]),
    [
      [-5, 1],
      [6, 1],
    ],
  )
  assert.equal(crashes.length, 1)
  await engine.dispose()
})

test('the threads that the first worker chose are those of all others, later ones too', async () => {
  const { engine, stage } = await start('threads', 2)
  const loads = () => readFile(join(folder, 'threads.mjs.loads'), 'utf8')
  assert.deepEqual(engine.notes, ['edge: asked for undefined'])
  assert.equal(await loads(), 'undefined of 2 workers, 3 of 2 workers, ')
  assert.equal(await runOne(stage, -5), -5)
  const wanted = 'undefined of 2 workers, 3 of 2 workers, 3 of 2 workers, '
  while ((await loads()) !== wanted) await wait(5)
  await engine.dispose()
})

test('a full batch is written into its slots while the worker is busy, and only a full one', async () => {
  const { engine, stage } = await start('deck', 1)
  const log: string[] = []
  const ask = async (value: number) => {
    await stage.run((slot) => {
      slot.fill(value)
      log.push(`written ${value}`)
    })
    log.push(`answered ${value}`)
  }
  await Promise.all([-4, -4, 1, 2, 3].map(ask))
  assert.deepEqual(log, [
    ...['written -4', 'written -4'],
    // The second batch of two, before the first is answered.
    ...['written 1', 'written 2'],
    ...['answered -4', 'answered -4'],
    // Who is alone waits for company until the worker is free.
    ...['written 3', 'answered 1', 'answered 2', 'answered 3'],
  ])
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
  const fatal = assert.rejects(runOne(stage, -3), { code: 'DDNN_ENGINE_FAILED', retriable: true })
  // The crash and the first failed attempt; the others say nothing new.
  while (crashes.length < 2) await wait(5)
  assert.equal(engine.isServing, false)
  const waiting = runOne(stage, 4)
  await wait(200)
  assert.equal(crashes.length, 2)
  // The sample that was lost is tried once more, which dooms the next workers as well.
  await rm(join(folder, 'doomed'))
  await fatal
  await rm(join(folder, 'doomed'))
  assert.equal(await waiting, 4)
  assert.equal(engine.isServing, true)
  await engine.dispose()
})

test('an engine whose workers never start again is gone: who waits is rejected, and its owner is told first', async () => {
  const { engine, stage, crashes } = await start('gone', 2)
  const order: string[] = []
  const told = engine.gone.then((error) => order.push(error.message))
  const fatal = [-3, -3].map((value) => runOne(stage, value))
  const rejected = Promise.allSettled(fatal).then((runs) => {
    assert.ok(runs.every(({ status }) => status === 'rejected'))
    order.push('rejected')
  })
  while (crashes.length < 2) await wait(5)
  await assert.rejects(runOne(stage, 1), { code: 'DDNN_ENGINE_FAILED', message: /no worker left/ })
  await Promise.all([told, rejected])
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

/** A runtime of this thread that adds 100 to its input; -2 throws. */
function runtimeHere() {
  const seen = { batches: [] as number[][], options: undefined as LoadOptions | undefined, open: 0 }
  const runtime: Runtime = {
    description: 'of this thread',
    load: (_, options) => {
      seen.options = options
      seen.open += 1
      return Promise.resolve({
        shapes: { input: [1], features: null, exits: [1] },
        run: (input) => {
          assert.ok(input.buffer instanceof ArrayBuffer)
          seen.batches.push([...input])
          if (input.includes(-2)) return Promise.reject(new Error('out of numbers'))
          return Promise.resolve({ features: undefined, exits: [input.map((v) => v + 100)] })
        },
        dispose: () => (seen.open = 0),
      })
    },
    memory: () => ({ tensors: seen.open, bytes: 0 }),
  }
  return { seen, start: () => Promise.resolve(runtime) }
}

test('a short pass runs on the thread that asks, as soon as the workers are idle; a longer one on a worker', async () => {
  const here = runtimeHere()
  const { engine, stage } = await start('here', 1, here.start)
  assert.deepEqual(here.seen.options, {
    batchSizes: [1],
    threads: 3,
    workers: 1,
    isShared: false,
    compiled: undefined,
  })
  // Two of 3 ms are too long; one of them takes 100 ms, and whoever comes meanwhile waits for its worker.
  const pair = [runOne(stage, -4), runOne(stage, 6)]
  await wait(20)
  const meanwhile = runOne(stage, 7)
  assert.deepEqual(await Promise.all([...pair, meanwhile]), [-4, 6, 107])
  assert.deepEqual(here.seen.batches, [[7]])
  // The worker said 1 ms of two: from now on they are short.
  assert.deepEqual(await Promise.all([8, 9].map((value) => runOne(stage, value))), [108, 109])
  const left = await engine.disposeAndReport()
  assert.deepEqual(
    left.map(({ tensors }) => tensors),
    [0, 0],
  )
})

test('a sample that its worker died under is run by another worker, never on the thread that asks', async () => {
  const here = runtimeHere()
  const { engine, stage, crashes } = await start('here-crash', 1, here.start)
  const [first, second] = await Promise.allSettled([6, -1].map((value) => runOne(stage, value)))
  assert.ok(first?.status === 'fulfilled')
  assert.equal(second?.status, 'rejected')
  assert.ok(!here.seen.batches.flat().includes(-1))
  assert.equal(crashes.length, 2)
  await engine.dispose()
})

test('a pass that fails on the thread that asks rejects its sample alone', async () => {
  const here = runtimeHere()
  const { engine, stage, crashes } = await start('here-fails', 1, here.start)
  await assert.rejects(runOne(stage, -2), {
    code: 'DDNN_ENGINE_FAILED',
    retriable: false,
    message: /'edge', got out of numbers/,
  })
  assert.equal(await runOne(stage, 5), 105)
  assert.equal(crashes.length, 0)
  await engine.dispose()
})

test('while no worker serves, a short pass waits for one', async () => {
  const here = runtimeHere()
  const { engine, stage, crashes } = await start('here-doomed', 1, here.start)
  const fatal = assert.rejects(runOne(stage, -3), { code: 'DDNN_ENGINE_FAILED' })
  const other = runOne(stage, 6)
  while (crashes.length < 2) await wait(5)
  const waiting = runOne(stage, 7)
  await wait(200)
  assert.deepEqual(here.seen.batches, [])
  await rm(join(folder, 'doomed'))
  await fatal
  await rm(join(folder, 'doomed'))
  assert.equal(await other, 6)
  assert.equal(await waiting, 107)
  await engine.dispose()
})
