// Whole training runs on tfjs-node, small: 48 x 48 drawn flowers, every file on disk as a user would have it.
import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createImageDecoder } from '../../src/input/decode.ts'
import { drawFlower } from '../../src/input/drawn-flowers.ts'
import { readModelFolder } from '../../src/model/folder.ts'
import { isStagesManifest, parseManifest, type SubmodelManifest } from '../../src/model/manifest.ts'
import { defaultTrainOptions, type TrainOptions } from '../../src/training/options.ts'
import { loadTfjsNode } from '../../src/training/tfjs-node.ts'
import {
  train,
  type EpochReport,
  type TrainContext,
  type TrainProgress,
} from '../../src/training/train.ts'
import { repoPath } from '../helpers/paths.ts'

let folder = ''
let flowers = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ddnn-train-'))
  flowers = join(folder, 'flowers')
  for (const label of ['daisy', 'roses', 'sunflowers']) {
    await mkdir(join(flowers, label), { recursive: true })
    for (let i = 0; i < 20; i++) {
      const bytes = await drawFlower({ label, difficulty: i / 100, seed: i, size: 64 })
      await writeFile(join(flowers, label, `${i}.jpg`), bytes)
    }
  }
})

after(() => rm(folder, { recursive: true, force: true }))

function optionsFor(output: string, more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    ...defaultTrainOptions,
    trainingSets: [flowers],
    output: join(folder, output),
    height: 48,
    width: 48,
    batchSize: 8,
    epochs: 2,
    ...more,
  }
}

interface Run {
  readonly context: TrainContext
  readonly progress: TrainProgress[]
  readonly epochs: EpochReport[]
  readonly warnings: object[]
  /** Tensors alive at the end of each epoch. */
  readonly tensors: number[]
}

function createRun(signal?: AbortSignal): Run {
  const run = {
    progress: [] as TrainProgress[],
    epochs: [] as EpochReport[],
    warnings: [] as object[],
    tensors: [] as number[],
  }
  const context: TrainContext = {
    decode: createImageDecoder(),
    log: { info: () => undefined, warn: (facts) => run.warnings.push(facts) },
    onProgress: (progress) => run.progress.push(progress),
    onEpoch: (report) => {
      run.epochs.push(report)
      run.tensors.push(loadTfjsNode().memory().numTensors)
    },
    ...(signal === undefined ? {} : { signal }),
  }
  return { context, ...run }
}

async function readManifest(path: string): Promise<SubmodelManifest> {
  const manifest = parseManifest(await readFile(join(path, 'ddnn.json'), 'utf8'), path)
  assert.ok(!isStagesManifest(manifest))
  return manifest
}

test('training learns, tells how far it is, and leaves no tensors behind', async () => {
  const before = loadTfjsNode().memory().numTensors
  const run = createRun()
  const result = await train(optionsFor('learns', { epochs: 6 }), run.context)
  assert.equal(run.progress.length, 36)
  const last = run.progress.at(-1) as TrainProgress
  assert.deepEqual([last.epoch, last.epochs, last.step, last.steps], [6, 6, 6, 6])
  assert.equal(last.etaMs, 0)
  assert.equal(run.epochs.length, 6)
  const losses = result.history['loss'] as number[]
  assert.ok((losses[5] as number) < 0.7 * (losses[0] as number), losses.join(' '))
  assert.equal(new Set(run.tensors).size, 1, run.tensors.join(' '))
  assert.equal(loadTfjsNode().memory().numTensors, before)
})

test('one epoch of the original network lowers the loss', async () => {
  // The second epoch begins where the first one ended, and dropout is alike in both.
  const more = { network: 'original', learningRate: 0.2 } as const
  const { history } = await train(optionsFor('original', more), createRun().context)
  const [first, second] = history['loss'] as [number, number]
  assert.ok(second < first, `${first} ${second}`)
  const names = (await readdir(join(folder, 'original'))).sort()
  const submodels = Array.from({ length: 8 }, (_, i) => `model_${i + 1}`)
  assert.deepEqual(names, ['model', 'model.history', ...submodels])
  const specs = await readModelFolder(join(folder, 'original', 'model'))
  assert.equal(specs.length, 8)
})

test('the folders hold valid manifests of one family, chained and calibrated', async () => {
  const result = await train(optionsFor('family'), createRun().context)
  const manifests = await Promise.all(
    ['edge', 'fog', 'cloud'].map((name) => readManifest(join(folder, 'family', name))),
  )
  for (const [i, manifest] of manifests.entries()) {
    assert.equal(manifest.family, result.family)
    assert.deepEqual(manifest.place, { index: i, count: 3 })
    assert.deepEqual(manifest.labels, ['daisy', 'roses', 'sunflowers'])
    assert.deepEqual(manifest.preprocessing, { height: 48, width: 48, scale: 1 / 255 })
    assert.equal(manifest.trainingData?.samples, 48)
    const [exit] = manifest.exits
    assert.equal(exit?.index, i)
    assert.equal(exit?.threshold === undefined, i === 2)
    assert.ok(Math.abs((exit?.accuracy as number) - (result.sets[0]?.accuracy[i] as number)) < 1e-4)
    assert.deepEqual(manifest.input, i === 0 ? [48, 48, 3] : manifests[i - 1]?.features)
  }
  assert.equal(manifests[2]?.features, null)
  const specs = await readModelFolder(join(folder, 'family', 'model'))
  assert.deepEqual(
    specs.map(({ name, format }) => [name, format]),
    [
      ['edge', 'tfjs-layers'],
      ['fog', 'tfjs-layers'],
      ['cloud', 'tfjs-layers'],
    ],
  )
})

test("the history has Keras' names and one number an epoch", async () => {
  const { history } = await train(optionsFor('history', { epochs: 3 }), createRun().context)
  const written: unknown = JSON.parse(
    await readFile(join(folder, 'history', 'model.history'), 'utf8'),
  )
  assert.deepEqual(written, history)
  const exits = ['edge_exit', 'fog_exit', 'cloud_exit']
  const own = ['loss', ...exits.flatMap((e) => [`${e}_loss`, `${e}_accuracy`])]
  assert.deepEqual(Object.keys(history).sort(), [...own, ...own.map((k) => `val_${k}`)].sort())
  for (const values of Object.values(history)) {
    assert.equal(values.length, 3)
    assert.ok(values.every((value) => Number.isFinite(value)))
  }
})

test('the same seed trains the same family, another seed another', async () => {
  const family = async (output: string, seed: number) =>
    (await train(optionsFor(output, { seed, epochs: 1 }), createRun().context)).family
  const first = await family('seed-a', 5)
  assert.equal(await family('seed-b', 5), first)
  assert.notEqual(await family('seed-c', 6), first)
})

test('an abort ends the run after the step under way and saves what it has', async () => {
  const controller = new AbortController()
  const run = createRun(controller.signal)
  const context: TrainContext = {
    ...run.context,
    onProgress: ({ epoch, step }) => {
      if (epoch === 1 && step === 3) controller.abort()
    },
  }
  const result = await train(optionsFor('abort', { epochs: 50 }), context)
  assert.equal(run.epochs.length, 1)
  assert.equal(result.bestEpoch, 1)
  assert.equal((await readModelFolder(join(folder, 'abort', 'model'))).length, 3)
})

test('a run that is stopped before its first step writes nothing and says so', async () => {
  const { context } = createRun(AbortSignal.abort('SIGINT'))
  await assert.rejects(train(optionsFor('stopped'), context), { code: 'DDNN_CONFIG_INVALID' })
  await assert.rejects(readdir(join(folder, 'stopped')), { code: 'ENOENT' })
})

test('--max-minutes ends the run, and what was trained is saved', async () => {
  const run = createRun()
  await train(optionsFor('minutes', { epochs: 100_000, maxMinutes: 0.02 }), run.context)
  assert.ok(run.progress.length < 100_000)
  assert.equal((await readModelFolder(join(folder, 'minutes', 'model'))).length, 3)
})

test('an unreadable image is named and left out', async () => {
  const broken = join(flowers, 'roses', 'broken.jpg')
  await writeFile(broken, 'no image')
  const run = createRun()
  const result = await train(optionsFor('broken', { epochs: 1 }), run.context)
  await rm(broken)
  assert.deepEqual(result.unreadable, [broken])
  assert.deepEqual(run.warnings, [{ file: broken }])
})

test('accuracy is measured on the first training set, the others only add images', async () => {
  const more = join(folder, 'more')
  await mkdir(join(more, 'daisy'), { recursive: true })
  for (let i = 0; i < 10; i++) {
    const bytes = await drawFlower({ label: 'daisy', difficulty: 1, seed: 900 + i, size: 64 })
    await writeFile(join(more, 'daisy', `${i}.jpg`), bytes)
  }
  const options = optionsFor('sets', { epochs: 1, trainingSets: [flowers, more] })
  const { sets } = await train(options, createRun().context)
  assert.deepEqual(
    sets.map((set) => [set.folder, set.images]),
    [
      [flowers, 12],
      [more, 2],
    ],
  )
  const manifest = await readManifest(join(folder, 'sets', 'edge'))
  const accuracy = manifest.exits[0]?.accuracy as number
  assert.ok(Math.abs(accuracy - (sets[0]?.accuracy[0] as number)) < 1e-4)
})

test("a user's own network, that of recipes, trains and is cut where its parts say", async () => {
  const modelModule = repoPath('recipes', 'two-tier-network.mjs')
  const result = await train(optionsFor('own', { modelModule }), createRun().context)
  assert.deepEqual(result.exitNames, ['near_exit', 'far_exit'])
  const specs = await readModelFolder(join(folder, 'own', 'model'))
  assert.deepEqual(
    specs.map(({ name, features }) => [name, features]),
    [
      ['near', [24, 24, 8]],
      ['far', null],
    ],
  )
})

for (const [what, more, code] of [
  ['a batch size of 0', { batchSize: 0 }, 'DDNN_CONFIG_INVALID'],
  ['a validation split of 1', { validationSplit: 1 }, 'DDNN_CONFIG_INVALID'],
  ['no epochs', { epochs: 0 }, 'DDNN_CONFIG_INVALID'],
  ['no training set', { trainingSets: [] }, 'DDNN_CONFIG_INVALID'],
  ['fewer images than a batch', { batchSize: 49 }, 'DDNN_CONFIG_INVALID'],
  ['a missing model module', { modelModule: 'nowhere.mjs' }, 'DDNN_MODULE_INVALID'],
  [
    'an image too small for the network',
    { network: 'original', height: 20, width: 20 },
    'DDNN_CONFIG_INVALID',
  ],
  ['a folder that is not there', { trainingSets: ['nowhere'] }, 'DDNN_INPUT_MISSING'],
] as const) {
  test(`${what} is refused before training, and nothing is written`, async () => {
    const options = optionsFor('refused', more)
    await assert.rejects(train(options, createRun().context), { code })
    await assert.rejects(readdir(join(folder, 'refused')), { code: 'ENOENT' })
  })
}

test('one label alone is refused', async () => {
  const single = join(folder, 'single')
  await mkdir(join(single, 'daisy'), { recursive: true })
  for (let i = 0; i < 10; i++) {
    const bytes = await drawFlower({ label: 'daisy', difficulty: 0, seed: i, size: 64 })
    await writeFile(join(single, 'daisy', `${i}.jpg`), bytes)
  }
  const options = optionsFor('one-label', { trainingSets: [single] })
  await assert.rejects(train(options, createRun().context), { code: 'DDNN_CONFIG_INVALID' })
})
