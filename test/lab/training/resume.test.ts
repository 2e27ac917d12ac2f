// A training that is killed in its middle, by a signal that nothing can catch, and goes on: the same weights to the
// bit as of one that was never stopped. The network has dropout, so its masks must follow from the step, and a recipe
// of phases, frozen layers and a first layer that is computed before the first step.
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { drawTrainingSet, writeFullNetwork } from '../../helpers/training-set.ts'

const entry = fileURLToPath(new URL('../../../src/main.js', import.meta.url))

let folder = ''
let args: string[] = []
const children = new Set<ChildProcess>()

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ddnn-resume-'))
  const images = await drawTrainingSet(join(folder, 'images'), { daisy: 24, roses: 24, tulips: 24 })
  const modelModule = await writeFullNetwork(folder)
  // 19 steps an epoch, and several checkpoints within it, also on a fast machine.
  args = ['train', '-i', images, '--model-module', modelModule]
  args.push(...'-e 4 -b 3 -g 32 -w 32 -v 0.2 --threads 1 --checkpoint-minutes 0.001'.split(' '))
})

after(async () => {
  for (const child of children) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

interface Ended {
  readonly code: number | null
  readonly stderr: string
}

function start(output: string, more: readonly string[] = []) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('DDNN_')),
  )
  const child = spawn(process.execPath, [entry, ...args, '-o', output, ...more], { env })
  children.add(child)
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdout.resume()
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => {
      children.delete(child)
      resolve({ code, stderr })
    })
  })
  return { child, ended, output: () => stderr }
}

/** Kills the run at a checkpoint that lies within an epoch, and returns where. */
async function killWithinEpoch(output: string): Promise<{ epoch: number; step: number }> {
  const { child, ended, output: stderr } = start(output)
  const file = join(output, 'checkpoint.bin')
  for (;;) {
    assert.equal(child.exitCode, null, stderr())
    const position = existsSync(file) ? await positionIn(file).catch(() => undefined) : undefined
    if (position !== undefined && position.epoch >= 2 && position.step > 0) break
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  child.kill('SIGKILL')
  await ended
  return positionIn(file)
}

async function positionIn(file: string): Promise<{ epoch: number; step: number }> {
  const bytes = await readFile(file)
  const header = bytes.subarray(16, 16 + bytes.readUInt32LE(12)).toString('utf8')
  return (JSON.parse(header) as { position: { epoch: number; step: number } }).position
}

async function weightsOf(output: string): Promise<Buffer[]> {
  return Promise.all(['near', 'far'].map((name) => readFile(join(output, name, 'weights.bin'))))
}

async function readJson(file: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>
}

test('a run that was killed within an epoch goes on to the weights of one that was not', async () => {
  const whole = join(folder, 'whole')
  const killed = join(folder, 'killed')
  const uninterrupted = await start(whole).ended
  assert.equal(uninterrupted.code, 0, uninterrupted.stderr)
  const { epoch, step } = await killWithinEpoch(killed)
  assert.ok(epoch >= 2 && step >= 1 && step < 19, `${epoch} ${step}`)
  // For the tests that follow.
  await cp(killed, join(folder, 'copy'), { recursive: true })

  const refused = await start(killed).ended
  assert.equal(refused.code, 2)
  assert.match(refused.stderr, /half-finished run.*checkpoint\.bin[^]*--resume/)

  const other = await start(killed, ['--resume', '-b', '12', '-s', '5', '--learning-rate', '0.5'])
    .ended
  assert.equal(other.code, 2)
  for (const name of ['--batch_size', '--seed', 'recipe.learningRate']) {
    assert.ok(other.stderr.includes(`Expected ${name} to be`), other.stderr)
  }

  const resumed = await start(killed, ['--resume']).ended
  assert.equal(resumed.code, 0, resumed.stderr)
  assert.match(resumed.stderr, /scratch file reused/)
  assert.match(resumed.stderr, /goes on from its checkpoint/)
  assert.deepEqual(await weightsOf(killed), await weightsOf(whole))
  assert.deepEqual(
    await readJson(join(killed, 'model.history')),
    await readJson(join(whole, 'model.history')),
  )
  const names = ['far', 'model', 'model.history', 'near', 'run.json']
  assert.deepEqual((await readdir(killed)).sort(), names)
  const record = await readJson(join(killed, 'run.json'))
  assert.equal((record['resumedAt'] as string[]).length, 1)
  assert.equal(record['end'], 'epochs')
  assert.equal((record['epochSeconds'] as number[]).length, 4)
  assert.equal(record['family'], (await readJson(join(whole, 'run.json')))['family'])

  const again = await start(killed, ['--resume']).ended
  assert.equal(again.code, 2)
  assert.match(again.stderr, /got one that ended at/)
})

test('a checkpoint that is cut short is refused, naming the file', async () => {
  const output = join(folder, 'cut')
  await cp(join(folder, 'copy'), output, { recursive: true })
  await truncate(join(output, 'checkpoint.bin'), 2000)
  const resumed = await start(output, ['--resume']).ended
  assert.equal(resumed.code, 2)
  assert.match(resumed.stderr, /Expected a whole checkpoint at '.*cut\/checkpoint\.bin'/)
})

test('images that changed since the run began are refused', async () => {
  const output = join(folder, 'changed')
  await cp(join(folder, 'copy'), output, { recursive: true })
  const images = args[2] as string
  const image = join(images, 'daisy', '0.jpg')
  const bytes = await readFile(image)
  await writeFile(image, await readFile(join(images, 'daisy', '1.jpg')))
  const resumed = await start(output, ['--resume']).ended
  await writeFile(image, bytes)
  assert.equal(resumed.code, 2)
  assert.match(resumed.stderr, /hash of the (training|validation) images/)
})

test('a run that is told to stop keeps its checkpoint, and goes on the same way', async () => {
  const output = join(folder, 'stopped')
  const { child, ended, output: stderr } = start(output)
  while (!stderr().includes('epoch 2 of 4')) {
    assert.equal(child.exitCode, null, stderr())
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  child.kill('SIGTERM')
  const stopped = await ended
  assert.equal(stopped.code, 143, stopped.stderr)
  assert.equal((await readJson(join(output, 'run.json')))['end'], 'signal')
  assert.ok(existsSync(join(output, 'near', 'weights.bin')))
  const resumed = await start(output, ['--resume']).ended
  assert.equal(resumed.code, 0, resumed.stderr)
  assert.deepEqual(await weightsOf(output), await weightsOf(join(folder, 'whole')))
})

test('--resume begins where there is nothing to go on with', async () => {
  const output = join(folder, 'new')
  const { code, stderr } = await start(output, ['--resume']).ended
  assert.equal(code, 0, stderr)
  assert.match(stderr, /no checkpoint, training begins/)
  assert.deepEqual(await weightsOf(output), await weightsOf(join(folder, 'whole')))
})
