// The end of a process while a worker computes: native work ends first, and nothing new begins.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { ExitGate } from '../../../../src/serving/engine/host/exit-gate.ts'
import { tempFolder } from '../../../helpers/cli.ts'
import { repoPath } from '../../../helpers/paths.ts'

const run = promisify(execFile)
const source = (path: string) =>
  JSON.stringify(new URL(`../../../../src/${path}`, import.meta.url).href)

test('what is under way has ended when the gate is closed, and nothing begins after', async () => {
  const folder = tempFolder()
  const file = join(folder, 'worker.mjs')
  await writeFile(
    file,
    `import { parentPort, workerData } from 'node:worker_threads'
    import { writeFileSync } from 'node:fs'
    import { ExitGate } from ${source('serving/engine/host/exit-gate.js')}
    const gate = new ExitGate(workerData)
    // As an addon does: the thread is busy, and knows of nothing.
    const compute = (name) => gate.during(async () => {
      parentPort.postMessage(name)
      await new Promise((resolve) => setTimeout(resolve, 100))
      for (const end = Date.now() + 200; Date.now() < end; );
      writeFileSync(new URL('.//' + name, import.meta.url), '')
    })
    await compute('first')
    await compute('second')`,
  )
  const gate = new ExitGate()
  const worker = new Worker(pathToFileURL(file), { workerData: gate.shared })
  const begun: unknown[] = []
  await new Promise((resolve) =>
    worker.on('message', (name) => {
      begun.push(name)
      resolve(undefined)
    }),
  )
  gate.close(10_000)
  assert.ok(existsSync(join(folder, 'first')))
  // Its event loop is empty: what never settles keeps nobody.
  await new Promise((resolve) => worker.once('exit', resolve))
  assert.deepEqual(begun, ['first'])
  assert.ok(!existsSync(join(folder, 'second')))
})

test('process.exit in the middle of passes of onnx ends with its code and without a word', async () => {
  const models = JSON.stringify(repoPath('saved_models', 'cifar10', 'model'))
  const program = `
    import { WorkerEngine } from ${source('serving/engine/host/worker-engine.js')}
    import { readModelFolder } from ${source('model/folder.js')}
    const options = { name: 'onnx', workers: 2, threads: 1, maxBatchSize: 8, maxQueueDelayMs: 0 }
    const engine = await WorkerEngine.start({ ...options, onCrash: console.error })
    let left = 40
    for (const stage of await engine.load(await readModelFolder(${models}))) {
      const again = () => stage.run((slot) => slot.fill(0.5)).then(() => {
        if (--left === 0) process.exit(9)
        return again()
      })
      for (let k = 0; k < 9; k++) again().catch(console.error)
    }`
  for (let k = 0; k < 5; k++) {
    await assert.rejects(
      run(process.execPath, ['--input-type=module', '-e', program]),
      (error: Error & { code: number; stderr: string }) => {
        assert.equal(error.code, 9, error.stderr)
        assert.equal(error.stderr, '')
        return true
      },
    )
  }
})
