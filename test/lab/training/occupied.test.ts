// Where a run is written: a new folder where none was named, and never over models that are there, unless told.
import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { DdnnError } from '../../../src/errors.ts'
import { checkpointFile } from '../../../src/lab/training/checkpoint.ts'
import { checkOccupied } from '../../../src/lab/training/occupied.ts'
import { defaultTrainOptions } from '../../../src/lab/training/options.ts'
import { checkFree, openOutput } from '../../../src/lab/training/refusals.ts'
import { chooseRunFolder } from '../../../src/lab/training/run-folder.ts'
import { train } from '../../../src/lab/training/train.ts'
import { repoPath } from '../../helpers/paths.ts'
import { drawTrainingSet, quietLog, writeTinyNetwork } from '../../helpers/training-set.ts'

let folder = ''
before(async () => (folder = await mkdtemp(join(tmpdir(), 'ddnn-occupied-'))))
after(() => rm(folder, { recursive: true, force: true }))

const now = new Date(2026, 10, 29, 23, 59)

/** What it is refused for. */
async function refused(work: Promise<unknown>): Promise<DdnnError> {
  const thrown: unknown = await work.then(
    () => assert.fail('it was let through'),
    (error: unknown) => error,
  )
  assert.ok(thrown instanceof DdnnError, String(thrown))
  assert.equal(thrown.code, 'DDNN_CONFIG_INVALID')
  return thrown
}

test('a run without --output is called by its day and network, and each of the day has its own', async () => {
  const root = join(folder, 'named')
  const choose = (network: 'compact' | 'compact-32', modelModule?: string) =>
    chooseRunFolder({ network, modelModule, resume: false, now, root })
  assert.equal(await choose('compact'), join(root, 'runs', '2026-11-29-compact'))
  await mkdir(join(root, 'runs', '2026-11-29-compact'), { recursive: true })
  assert.equal(await choose('compact'), join(root, 'runs', '2026-11-29-compact-2'))
  await mkdir(join(root, 'runs', '2026-11-29-compact-2'))
  assert.equal(await choose('compact'), join(root, 'runs', '2026-11-29-compact-3'))
  assert.equal(await choose('compact-32'), join(root, 'runs', '2026-11-29-compact-32'))
  const own = await choose('compact', '/home/me/my network (2).mjs')
  assert.equal(own, join(root, 'runs', '2026-11-29-my-network-2-'))
})

test('--resume without --output goes on in the last half-finished run of the network', async () => {
  const root = join(folder, 'resumed')
  for (const name of ['2026-11-27-compact', '2026-11-28-compact-32', '2026-11-28-compact-10']) {
    await mkdir(join(root, 'runs', name), { recursive: true })
    await writeFile(join(root, 'runs', name, checkpointFile), '')
  }
  await mkdir(join(root, 'runs', '2026-11-28-compact-11'))
  const choose = (network: 'compact' | 'compact-32' | 'vgg16') =>
    chooseRunFolder({ network, modelModule: undefined, resume: true, now, root })
  assert.equal(await choose('compact-32'), join(root, 'runs', '2026-11-28-compact-32'))
  await rm(join(root, 'runs', '2026-11-28-compact-32'), { recursive: true })
  assert.equal(await choose('compact'), join(root, 'runs', '2026-11-28-compact-10'))
  assert.equal(await choose('vgg16'), join(root, 'runs', '2026-11-29-vgg16'))
})

test('the shipped models are never written over: the refusal names family, labels, folders and day', async () => {
  const { message, hint } = await refused(checkOccupied(repoPath('saved_models'), false))
  assert.match(message, /without models, got family [0-9a-f]{16} of 5 labels \(daisy, /)
  assert.match(message, /in cloud, edge, fog, model, written on \d{4}-\d\d-\d\d/)
  assert.match(hint ?? '', /--output.*--force/)
  await checkOccupied(repoPath('saved_models'), true)
})

test('models of any kind are in the way, a folder of other files is not', async () => {
  const rows: readonly (readonly [path: string, isRefused: boolean])[] = [
    ['model.json', true],
    ['deep/model.onnx', true],
    ['saved/saved_model.pb', true],
    ['mine.keras', true],
    ['edge/ddnn.json', true],
    ['notes.txt', false],
    ['photos/1.jpg', false],
  ]
  for (const [i, [path, isRefused]] of rows.entries()) {
    const output = join(folder, `kind-${i}`)
    await mkdir(join(output, path, '..'), { recursive: true })
    await writeFile(join(output, path), '{}')
    if (isRefused) assert.match((await refused(checkOccupied(output, false))).message, /got models/)
    else await checkOccupied(output, false)
  }
  await checkOccupied(join(folder, 'not-there'), false)
})

test('a half-finished run is gone on with, begun again or refused, as it is told', async () => {
  const output = join(folder, 'half')
  await cp(repoPath('saved_models', 'edge'), join(output, 'edge'), { recursive: true })
  await writeFile(join(output, checkpointFile), '')
  assert.match(
    (await refused(checkFree({ output, resume: false }))).hint ?? '',
    /--resume.*--force/,
  )
  await checkFree({ output, resume: true })
  await checkFree({ output, resume: false, isForced: true })
})

test('a folder that was made for a refused run is gone again, with all above it, and nothing else', async () => {
  await mkdir(join(folder, 'there'))
  const opened = await openOutput(join(folder, 'there', 'a', 'b'))
  assert.deepEqual(await readdir(join(folder, 'there', 'a')), ['b'])
  await opened.discard()
  assert.deepEqual(await readdir(join(folder, 'there')), [])
})

test('a finished run is trained over with --force alone, and then holds the new family', async () => {
  const trainingSets = [await drawTrainingSet(join(folder, 'flowers'), { daisy: 12, roses: 12 })]
  const options = {
    ...{ ...defaultTrainOptions, trainingSets, modelModule: await writeTinyNetwork(folder) },
    ...{ output: join(folder, 'run'), height: 24, width: 24, batchSize: 8, epochs: 1 },
  }
  const { family } = await train(options, { log: quietLog })
  const manifest = join(folder, 'run', 'near', 'ddnn.json')
  const before = await readFile(manifest, 'utf8')
  const again = { ...options, seed: 9 }
  const { message } = await refused(train(again, { log: quietLog }))
  assert.ok(message.includes(family), message)
  assert.match(message, /2 labels \(daisy, roses\).* of a run that ended at 2/)
  assert.equal(await readFile(manifest, 'utf8'), before)
  await writeFile(join(folder, 'run', checkpointFile), 'of a run that is given up')
  const forced = await train({ ...again, isForced: true }, { log: quietLog })
  assert.notEqual(forced.family, family)
  assert.ok((await readFile(manifest, 'utf8')).includes(forced.family))
})
