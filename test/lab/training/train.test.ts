// Whole training runs on tfjs-node, small: 48 x 48 drawn flowers, every file on disk as a user would have it.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cpSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import v8 from 'node:v8'
import vm from 'node:vm'
import { readModelFolder } from '../../../src/model/folder.ts'
import {
  isStagesManifest,
  parseManifest,
  type SubmodelManifest,
} from '../../../src/model/manifest.ts'
import { modelFiles } from '../../../src/model/weights.ts'
import { defaultTrainOptions, type TrainOptions } from '../../../src/lab/training/options.ts'
import { loadTfjsNode } from '../../../src/lab/training/tfjs-node.ts'
import type { TrainProgress } from '../../../src/lab/training/fit.ts'
import type { EpochReport } from '../../../src/lab/training/run.ts'
import { train, type TrainContext } from '../../../src/lab/training/train.ts'
import { repoPath } from '../../helpers/paths.ts'
import {
  drawTrainingSet,
  writeCifar10,
  writeFullNetwork,
  writeTinyNetwork,
} from '../../helpers/training-set.ts'

let folder = ''
let flowers = ''
let tiny = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ddnn-train-'))
  const counts = { daisy: 20, roses: 20, sunflowers: 20 }
  tiny = await writeTinyNetwork(folder)
  flowers = await drawTrainingSet(join(folder, 'flowers'), counts)
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
    // Unless a test is about one of ours.
    ...('network' in more ? {} : { modelModule: tiny }),
    ...more,
  }
}

interface Run {
  readonly context: TrainContext
  readonly progress: TrainProgress[]
  readonly epochs: EpochReport[]
  readonly warnings: object[]
  readonly infos: { readonly facts: object; readonly message: string }[]
  /** Tensors alive at the end of each epoch. */
  readonly tensors: number[]
}

function createRun(signal?: AbortSignal): Run {
  const run = {
    progress: [] as TrainProgress[],
    epochs: [] as EpochReport[],
    warnings: [] as object[],
    infos: [] as { facts: object; message: string }[],
    tensors: [] as number[],
  }
  const context: TrainContext = {
    log: {
      info: (facts, message) => run.infos.push({ facts, message }),
      warn: (facts) => run.warnings.push(facts),
    },
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

async function readRecord(output: string): Promise<Record<string, unknown>> {
  const text = await readFile(join(folder, output, 'run.json'), 'utf8')
  return JSON.parse(text) as Record<string, unknown>
}

test('training learns, tells how far it is, and leaves no tensors behind', async () => {
  const before = loadTfjsNode().memory().numTensors
  const run = createRun()
  const recipe = { mixup: 0, augmentation: false } as const
  const result = await train(optionsFor('learns', { epochs: 6, recipe }), run.context)
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

const compact32 = { network: 'compact-32', height: 32, width: 32, batchSize: 18 } as const

test('what compact-32 has learned is not forgotten where its recipe freezes a layer', async () => {
  const run = createRun()
  const recipe = { augmentation: false } as const
  const options = { ...compact32, epochs: 8, recipe }
  const { history } = await train(optionsFor('compact-32', options), run.context)
  assert.deepEqual(run.warnings, [])
  const losses = history['cloud_exit_loss'] as number[]
  assert.ok(
    losses.slice(3).every((loss) => loss < 0.6 * (losses[0] as number)),
    losses.join(' '),
  )
})

test('a normalisation that a recipe freezes before what stands in front of it is warned of', async () => {
  const run = createRun()
  const options = { ...compact32, epochs: 1, recipe: { freeze: { edge_norm12: 0.3 } } }
  await train(optionsFor('drifting', options), run.context)
  assert.deepEqual(run.warnings, [
    { drifting: [{ layer: 'edge_norm12', behind: 'edge_conv11', from: 0.3 }] },
  ])
})

test('one epoch of the original network lowers the loss', async () => {
  // The second epoch begins where the first one ended, and dropout is alike in both.
  const more = { network: 'original', learningRate: 0.2 } as const
  const { history } = await train(optionsFor('original', more), createRun().context)
  const [first, second] = history['loss'] as [number, number]
  assert.ok(second < first, `${first} ${second}`)
  const names = (await readdir(join(folder, 'original'))).sort()
  const submodels = Array.from({ length: 8 }, (_, i) => `model_${i + 1}`)
  assert.deepEqual(names, ['model', 'model.history', ...submodels, 'run.json'])
  const specs = await readModelFolder(join(folder, 'original', 'model'))
  assert.equal(specs.length, 8)
})

test('the folders hold valid manifests of one family, chained and calibrated', async () => {
  const result = await train(optionsFor('family'), createRun().context)
  const manifests = await Promise.all(
    ['near', 'far'].map((name) => readManifest(join(folder, 'family', name))),
  )
  for (const [i, manifest] of manifests.entries()) {
    assert.equal(manifest.family, result.family)
    assert.deepEqual(manifest.place, { index: i, count: 2 })
    assert.deepEqual(manifest.labels, ['daisy', 'roses', 'sunflowers'])
    assert.deepEqual(manifest.preprocessing, {
      ...{ height: 48, width: 48, scale: 1 / 255 },
      orientation: 'apply',
    })
    assert.equal(manifest.trainingData?.samples, 48)
    const [exit] = manifest.exits
    assert.equal(exit?.index, i)
    assert.equal(exit?.threshold === undefined, i === 1)
    assert.ok(Math.abs((exit?.accuracy as number) - (result.sets[0]?.accuracy[i] as number)) < 1e-4)
    assert.deepEqual(manifest.input, i === 0 ? [48, 48, 3] : manifests[i - 1]?.features)
  }
  assert.equal(manifests[1]?.features, null)
  const specs = await readModelFolder(join(folder, 'family', 'model'))
  assert.deepEqual(
    specs.map(({ name, format }) => [name, format]),
    [
      ['near', 'tfjs-layers'],
      ['far', 'tfjs-layers'],
    ],
  )
})

test("the history has Keras' names and one number an epoch", async () => {
  const { history } = await train(optionsFor('history', { epochs: 3 }), createRun().context)
  const written: unknown = JSON.parse(
    await readFile(join(folder, 'history', 'model.history'), 'utf8'),
  )
  assert.deepEqual(written, history)
  const exits = ['early_exit', 'late_exit']
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

test('an abort ends the run after the step under way and saves what it has, to be gone on with', async () => {
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
  assert.equal(result.end, 'signal')
  assert.equal((await readModelFolder(join(folder, 'abort', 'model'))).length, 2)
  assert.ok((await readdir(join(folder, 'abort'))).includes('checkpoint.bin'))
})

test('a run that is stopped before its first step writes nothing and says so', async () => {
  const { context } = createRun(AbortSignal.abort('SIGINT'))
  await assert.rejects(train(optionsFor('stopped'), context), { code: 'DDNN_TRAINING_STOPPED' })
  await assert.rejects(readdir(join(folder, 'stopped')), { code: 'ENOENT' })
})

test('--max-minutes ends the run, and what was trained is saved', async () => {
  const run = createRun()
  await train(optionsFor('minutes', { epochs: 100_000, maxMinutes: 0.02 }), run.context)
  assert.ok(run.progress.length < 100_000)
  assert.equal((await readModelFolder(join(folder, 'minutes', 'model'))).length, 2)
})

test('an unreadable image is named and left out', async () => {
  const broken = join(flowers, 'roses', 'broken.jpg')
  await writeFile(broken, 'no image')
  const run = createRun()
  const result = await train(optionsFor('broken', { epochs: 1 }), run.context)
  await rm(broken)
  assert.deepEqual(result.unreadable, [broken])
  assert.equal(run.warnings.length, 1)
  assert.equal((run.warnings[0] as { file?: string }).file, broken)
  const record = await readRecord('broken')
  assert.equal((record['unreadable'] as { path: string }[])[0]?.path, broken)
})

test('accuracy is measured on the first training set, the others only add images', async () => {
  const more = await drawTrainingSet(join(folder, 'more'), { daisy: 10 })
  const options = optionsFor('sets', { epochs: 1, trainingSets: [flowers, more] })
  const { sets } = await train(options, createRun().context)
  assert.deepEqual(
    sets.map((set) => [set.folder, set.images]),
    [
      [flowers, 12],
      [more, 2],
    ],
  )
  const manifest = await readManifest(join(folder, 'sets', 'near'))
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
  ['a patience of 0', { patience: 0 }, 'DDNN_CONFIG_INVALID'],
  ['no input workers', { inputWorkers: 0 }, 'DDNN_CONFIG_INVALID'],
  ['a wrong recipe', { recipe: { warmup: 2 } }, 'DDNN_CONFIG_INVALID'],
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

test('one label alone, without an image to measure it by, is refused with all that is wrong', async () => {
  const single = await drawTrainingSet(join(folder, 'single'), { daisy: 1 })
  const options = optionsFor('one-label', { trainingSets: [single], height: 9, width: 9 })
  await assert.rejects(train(options, createRun().context), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'DDNN_CONFIG_INVALID')
    assert.match(error.message, /at least 2 labels, got 1/)
    assert.match(error.message, /at least a batch of 8 training images, got 1/)
    assert.match(error.message, /validation images of each label, got none of daisy/)
    return true
  })
})

test('an output that cannot be written is refused before anything is trained', async () => {
  const file = join(folder, 'a-file')
  await writeFile(file, 'no folder')
  const run = createRun()
  const options = optionsFor(join('a-file', 'models'), {
    network: 'original',
    height: 20,
    width: 20,
  })
  await assert.rejects(train(options, run.context), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'DDNN_CONFIG_INVALID')
    assert.match(error.message, /2 problems/)
    assert.match(error.message, /Expected to write '.*a-file/)
    assert.match(error.message, /at least .* for --network original/)
    return true
  })
  assert.deepEqual(run.infos, [])
})

test('the run is recorded: what was told, what was read, how long it took, what came out', async () => {
  const run = createRun()
  const context = { ...run.context, command: ['train', '-i', 'x'] }
  const result = await train(optionsFor('record', { epochs: 3 }), context)
  const record = await readRecord('record')
  assert.deepEqual(record['command'], ['train', '-i', 'x'])
  const versions = record['versions'] as Record<string, string>
  assert.match(versions['ddnn'] ?? '', /^\d+\.\d+/)
  assert.match(versions['tensorflow'] ?? '', /^\d+\.\d+/)
  assert.equal(record['seed'], 123)
  assert.equal((record['recipe'] as { optimizer: string }).optimizer, 'adamw')
  assert.deepEqual(record['classCounts'], { training: [16, 16, 16], validation: [4, 4, 4] })
  const manifest = await readManifest(join(folder, 'record', 'near'))
  const hash = (record['dataHash'] as { training: string }).training
  assert.equal(manifest.trainingData?.hash, hash)
  assert.equal((record['epochSeconds'] as number[]).length, 3)
  assert.deepEqual([record['end'], record['bestEpoch']], ['epochs', result.bestEpoch])
  assert.equal(record['family'], result.family)
  assert.ok(String(record['endedAt']) >= String(record['startedAt']))
  assert.deepEqual(run.infos.find(({ message }) => message === 'images of each label')?.facts, {
    training: { daisy: 16, roses: 16, sunflowers: 16 },
    validation: { daisy: 4, roses: 4, sunflowers: 4 },
    unreadable: 0,
  })
})

/** Exits whose accuracies never change: without batch normalisation, nothing is learned at a rate of 1e-30. */
const still: Partial<TrainOptions> = {
  ...{ learningRate: 1e-30, network: 'b-lenet', height: 28, width: 28 },
  recipe: { phases: [] },
}

test('--patience counts in the last phase, so that no exit is left untrained', async () => {
  const run = createRun()
  const phases = [
    { share: 1, lossWeights: [0, 1] },
    { share: 1, lossWeights: [1, 1] },
  ]
  const recipe = { phases }
  const result = await train(
    optionsFor('patience-phases', { ...still, recipe, epochs: 8, patience: 2 }),
    run.context,
  )
  assert.equal(result.end, 'patience')
  // Four of the first phase, two of the second.
  assert.equal(run.epochs.length, 6)
})

test('the record says whose weights a run began with and which module made it; another module does not go on', async () => {
  const module = join(folder, 'own-network.mjs')
  const text = await readFile(tiny, 'utf8')
  await writeFile(module, text)
  const first = await train(optionsFor('begins-first', { epochs: 1 }), createRun().context)
  const run = createRun()
  const abort = new AbortController()
  const options = optionsFor('begins', {
    ...{ modelModule: module, initialWeights: join(folder, 'begins-first'), epochs: 4 },
  })
  const begun = () => readRecord('begins').then((record) => record['begins'])
  await train(options, {
    ...run.context,
    signal: abort.signal,
    onEpoch: () => {
      abort.abort()
    },
  })
  const moduleHash = createHash('sha256').update(text).digest('hex')
  const wanted = { initialFamily: first.family, freshWeights: [], moduleHash }
  assert.deepEqual(await begun(), wanted)
  await writeFile(module, `${text}\n`)
  await assert.rejects(train({ ...options, resume: true }, createRun().context), {
    message: /Expected hash of the model module to be/,
  })
  await writeFile(module, text)
  await train({ ...options, resume: true }, createRun().context)
  assert.deepEqual(await begun(), wanted)
})

/** The kernel of the layer that whitens, after a short run on these images. */
async function trainWhite(
  output: string,
  images: string,
  initialWeights?: string,
): Promise<readonly number[]> {
  const options = optionsFor(output, {
    ...{ trainingSets: [images], modelModule: await writeFullNetwork(folder) },
    ...{ height: 16, width: 16, epochs: 1, inputWorkers: 1, initialWeights },
  })
  await train(options, createRun().context)
  const near = modelFiles(join(folder, output, 'near'))
  const model = await loadTfjsNode().loadLayersModel(near)
  const [kernel] = model.getLayer('white').getWeights()
  const values = [...(kernel?.dataSync() ?? [])]
  model.dispose()
  assert.equal(values.length, 72)
  return values
}

test('a layer that whitens is computed from the images where the family that a run begins with has none', async () => {
  const images = await drawTrainingSet(join(folder, 'to-whiten'), { daisy: 8, roses: 8 })
  const size = { height: 16, width: 16, epochs: 1, inputWorkers: 1 }
  const plain = optionsFor('plain', { ...size, trainingSets: [images] })
  await train(plain, createRun().context)
  const computed = await trainWhite('white', images)
  assert.deepEqual(await trainWhite('white-begins', images, plain.output), computed)
})

test('a layer that whitens is kept where the family that a run begins with has one', async () => {
  const theirs = await drawTrainingSet(join(folder, 'theirs'), { daisy: 8, roses: 8 })
  const ours = await drawTrainingSet(join(folder, 'ours'), { daisy: 8, roses: 16 })
  const whitened = await trainWhite('white-theirs', theirs)
  const begins = join(folder, 'white-theirs')
  assert.deepEqual(await trainWhite('white-ours', ours, begins), whitened)
})

test('a run that learns nothing new for --patience epochs ends, with its best epoch kept, and is over after a kill', async () => {
  const run = createRun()
  const options = optionsFor('patience', { ...still, epochs: 20, patience: 3 })
  const killed = { ...options, output: join(folder, 'patience-killed'), resume: true }
  const { onEpoch } = run.context
  const result = await train(options, {
    ...run.context,
    // What a kill behind its last epoch leaves.
    onEpoch: (report) => {
      onEpoch?.(report)
      if (report.epoch === 4) cpSync(options.output, killed.output, { recursive: true })
    },
  })
  // The first epoch is the highest so far; equals do not rise.
  assert.equal(result.end, 'patience')
  assert.equal(run.epochs.length, 4)
  assert.equal((await readRecord('patience'))['end'], 'patience')
  assert.ok(!(await readdir(join(folder, 'patience'))).includes('checkpoint.bin'))
  const resumed = await train(killed, run.context)
  assert.equal(resumed.end, 'patience')
  assert.equal(run.epochs.length, 4)
  assert.equal(resumed.family, result.family)
})

test('without --patience, or while it learns, the run goes on', async () => {
  const run = createRun()
  await train(optionsFor('impatient', { ...still, epochs: 5 }), run.context)
  assert.equal(run.epochs.length, 5)
})

test('the best epoch is kept, or the last where that is asked for', async () => {
  const best = await train(
    optionsFor('best', { epochs: 4, learningRate: 0.05 }),
    createRun().context,
  )
  const scores = Array.from({ length: 4 }, (_, epoch) =>
    ['early_exit', 'late_exit'].reduce(
      (sum, name) => sum + (best.history[`val_${name}_accuracy`]?.[epoch] as number),
      0,
    ),
  )
  assert.equal(scores[best.bestEpoch - 1], Math.max(...scores))
  const options = optionsFor('last', { epochs: 4, learningRate: 0.05, keep: 'last' })
  const last = await train(options, createRun().context)
  assert.equal(last.bestEpoch, 4)
  assert.deepEqual(last.history, best.history)
  const manifest = await readManifest(join(folder, 'last', 'near'))
  const accuracy = last.history['val_early_exit_accuracy']?.[3] as number
  assert.ok(Math.abs((manifest.exits[0]?.accuracy as number) - accuracy) < 1e-4)
})

test('memory stays flat over epochs', async () => {
  const heaps: number[] = []
  const run = createRun()
  const context: TrainContext = {
    ...run.context,
    onEpoch: (report) => {
      run.context.onEpoch?.(report)
      // The second one waits for a thread that still frees the buffers which the first one found.
      globalThis.gc?.()
      globalThis.gc?.()
      const { heapUsed, arrayBuffers } = process.memoryUsage()
      heaps.push(heapUsed + arrayBuffers)
    },
  }
  v8.setFlagsFromString('--expose-gc')
  globalThis.gc = vm.runInNewContext('gc') as typeof globalThis.gc
  await train(optionsFor('memory', { epochs: 8, batchSize: 4 }), context)
  assert.equal(new Set(run.tensors).size, 1, run.tensors.join(' '))
  // 72 steps between the two: 14 kB a step would be noticed, as a batch's pixels (108 kB) would.
  const growth = (heaps.at(-1) as number) - (heaps[1] as number)
  assert.ok(growth < 1e6, `${growth} bytes over 6 epochs: ${heaps.join(' ')}`)
})

test('a training set of CIFAR-10 batches is trained, its labels in their order', async () => {
  const batches = await writeCifar10(join(folder, 'cifar'), 20)
  const more = { trainingSets: [batches], height: 32, width: 32 }
  const result = await train(
    optionsFor('cifar-models', { ...more, epochs: 1 }),
    createRun().context,
  )
  assert.deepEqual(result.labels.slice(0, 3), ['airplane', 'automobile', 'bird'])
  assert.equal(result.sets[0]?.images, 20)
  const record = await readRecord('cifar-models')
  assert.deepEqual(record['classCounts'], {
    training: new Array<number>(10).fill(8),
    validation: new Array<number>(10).fill(2),
  })
})

test('the scratch file is gone after the run; with --cache it stays for the next one', async () => {
  const cache = join(folder, 'cache')
  await train(optionsFor('scratch', { epochs: 1 }), createRun().context)
  const left = (await readdir(join(folder, 'scratch'))).filter((name) => name.startsWith('ddnn-'))
  assert.deepEqual(left, [])
  const families: string[] = []
  for (const output of ['cached-1', 'cached-2']) {
    const run = createRun()
    families.push((await train(optionsFor(output, { epochs: 1, cache }), run.context)).family)
    const isReused = run.infos.some(({ message }) => message.includes('scratch file reused'))
    assert.equal(isReused, output === 'cached-2')
  }
  assert.equal(families[0], families[1])
})

test('the number of input workers changes nothing', async () => {
  const family = async (inputWorkers: number) => {
    const options = optionsFor(`workers-${inputWorkers}`, { epochs: 2, inputWorkers })
    return (await train(options, createRun().context)).family
  }
  assert.equal(await family(1), await family(3))
})
