// The choice of an engine, with and without tfjs-node: without means a folder of its own whose
// node_modules lacks that package alone, and Node run in it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createEngine } from '../../src/engine/create-engine.ts'
import { repoPath } from '../helpers/paths.ts'

const run = promisify(execFile)
const options = { maxBatchSize: 2, maxQueueDelayMs: 0, workers: 1 }
let folder = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ddnn-no-tfjs-node-'))
  await cp(fileURLToPath(new URL('../../src', import.meta.url)), join(folder, 'src'), {
    recursive: true,
  })
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await linkPackages(repoPath('node_modules'), join(folder, 'node_modules'))
})
after(() => rm(folder, { recursive: true }))

async function linkPackages(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const name of await readdir(from)) {
    if (name === '@tensorflow') await linkPackages(join(from, name), join(to, name))
    else if (name !== 'tfjs-node') await symlink(join(from, name), join(to, name))
  }
}

/** Starts an engine in that folder; prints what it says, or the error. */
async function createThere(choice: string): Promise<string> {
  const program = `
    import { createEngine } from './src/engine/create-engine.js'
    const log = { info: (_, message) => console.log(message), warn: console.log }
    try {
      const engine = await createEngine('${choice}', ${JSON.stringify(options)}, log)
      await engine.dispose()
    } catch (error) {
      console.log(error.code + ' ' + error.message + ' | ' + error.hint)
    }`
  const node = ['--input-type=module', '-e', program]
  return (await run(process.execPath, node, { cwd: folder })).stdout.trim()
}

test('auto takes tensorflow where it loads, and says so', async () => {
  const said: string[] = []
  const log = { info: (_: object, message: string) => said.push(message), warn: assert.fail }
  const engine = await createEngine('auto', options, log)
  assert.equal(engine.name, 'tensorflow')
  assert.match(engine.description, /^tfjs-node \d+\.\d+\.\d+ \(TensorFlow \d+\.\d+\.\d+\)$/)
  assert.deepEqual(said, [`engine tensorflow: ${engine.description}`])
  await engine.dispose()
})

test('auto takes wasm where tfjs-node is not installed, and says why', async () => {
  const said = await createThere('auto')
  assert.match(said, /^engine wasm: tfjs-wasm .*tensorflow does not load: Cannot find module/)
})

test('tensorflow by name fails clearly where it is not installed', async () => {
  const said = await createThere('tensorflow')
  assert.match(said, /^DDNN_ENGINE_UNAVAILABLE Expected the engine tensorflow to load, got Cannot/)
  assert.match(said, /npm install @tensorflow\/tfjs-node.*install-tensorflow.mjs.*--engine wasm/)
})

test('an engine at rest does not keep the process alive', async () => {
  const program = `
    import { createEngine } from './src/engine/create-engine.js'
    const log = { info: () => {}, warn: () => {} }
    await createEngine('wasm', ${JSON.stringify(options)}, log)
    console.log('started')`
  const node = ['--input-type=module', '-e', program]
  const { stdout } = await run(process.execPath, node, { cwd: folder, timeout: 60_000 })
  assert.equal(stdout.trim(), 'started')
})
