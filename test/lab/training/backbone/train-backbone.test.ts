// Whole runs on a small frozen ONNX network, drawn flowers, every file on disk as a user would have it.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { BackboneChoice } from '../../../../src/lab/training/backbone/choice.ts'
import { trainBackbone } from '../../../../src/lab/training/backbone/train-backbone.ts'
import { defaultInputWorkers, type TrainOptions } from '../../../../src/lab/training/options.ts'
import { loadTfjsNode } from '../../../../src/lab/training/tfjs-node.ts'
import { repoPath } from '../../../helpers/paths.ts'
import { readPiece, runPieces } from '../../../helpers/run-pieces.ts'
import { drawTrainingSet, quietLog } from '../../../helpers/training-set.ts'

const residual = repoPath('test/golden/backbone/residual')
const context = { log: quietLog }
let folder = ''
let flowers = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ddnn-backbone-train-'))
  const counts = { daisy: 10, dandelion: 10, roses: 10, sunflowers: 10, tulips: 10 }
  flowers = await drawTrainingSet(join(folder, 'flowers'), counts)
})

after(() => rm(folder, { recursive: true, force: true }))

function optionsFor(output: string, more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    trainingSets: [flowers],
    batchSize: 8,
    epochs: 2,
    output: join(folder, output),
    height: 180,
    width: 180,
    seed: 1,
    validationSplit: 0.2,
    labelMode: 'categorical',
    network: 'compact',
    recipe: undefined,
    modelModule: undefined,
    learningRate: undefined,
    maxMinutes: undefined,
    keep: 'best',
    patience: undefined,
    resume: false,
    checkpointMinutes: 10,
    cache: undefined,
    inputWorkers: defaultInputWorkers,
    threads: undefined,
    ...more,
  }
}

function choose(more: Partial<BackboneChoice> = {}): BackboneChoice {
  return {
    path: residual,
    exitsAt: [],
    head: 'dense',
    keepClassifier: false,
    size: undefined,
    pixels: undefined,
    ...more,
  }
}

test('a frozen network gains exits: a family of one chain, measured and calibrated, and nothing else on disk', async () => {
  const before = loadTfjsNode().memory().numTensors
  const result = await trainBackbone(optionsFor('plain'), choose(), context)
  const names = ['edge', 'fog', 'cloud']
  assert.deepEqual((await readdir(join(folder, 'plain'))).sort(), [
    ...['cloud', 'edge', 'fog', 'model', 'model.history', 'run.json'],
  ])
  const manifests = await Promise.all(names.map((name) => readPiece(join(folder, 'plain', name))))
  for (const [i, manifest] of manifests.entries()) {
    assert.equal(manifest.family, result.family)
    assert.deepEqual(manifest.place, { index: i, count: 3 })
    assert.deepEqual(manifest.labels, result.labels)
    assert.deepEqual(manifest.input, i === 0 ? [32, 32, 3] : manifests[i - 1]?.features)
    const [exit] = manifest.exits
    assert.equal(exit?.threshold === undefined, i === 2)
    assert.ok(Math.abs((exit?.accuracy ?? 0) - (result.sets[0]?.accuracy[i] ?? 1)) < 1e-4)
  }
  assert.equal(manifests[2]?.features, null)
  assert.equal(result.history['val_fog_exit_accuracy']?.length, 2)
  assert.equal(result.end, 'epochs')
  assert.equal(loadTfjsNode().memory().numTensors, before)
})

test('the record says which network a run began with, and the tensors that its exits came to stand at', async () => {
  const choice = choose({ exitsAt: ['b2_out'] })
  await trainBackbone(optionsFor('begins', { epochs: 1 }), choice, context)
  const record = JSON.parse(await readFile(join(folder, 'begins', 'run.json'), 'utf8')) as {
    readonly begins?: unknown
  }
  const exits = [
    { name: 'edge', at: 'b2_out' },
    { name: 'cloud', at: 'flat' },
  ]
  const told = { path: residual, exitsAt: ['b2_out'], head: 'dense', keepClassifier: false }
  assert.deepEqual(record.begins, { backbone: { ...told, exits } })
})

test('heads learn what the network tells apart, with a hidden layer too', async () => {
  for (const head of ['dense', 'hidden'] as const) {
    const { history } = await trainBackbone(
      optionsFor(head, { epochs: 30 }),
      choose({ head }),
      context,
    )
    const losses = history['cloud_exit_loss'] as number[]
    assert.ok((losses.at(-1) as number) < 0.9 * (losses[0] as number), losses.join(' '))
  }
})

test('with its own classifier kept, the pieces answer as the network does', async () => {
  const golden = JSON.parse(await readFile(join(residual, 'answers.json'), 'utf8')) as {
    readonly shape: readonly number[]
    readonly logits: readonly (readonly number[])[]
  }
  const choice = choose({ keepClassifier: true, exitsAt: ['b2_out'] })
  const result = await trainBackbone(optionsFor('kept'), choice, context)
  assert.deepEqual(result.exitNames, ['edge_exit', 'cloud_exit'])
  for (const [k, expected] of golden.logits.entries()) {
    // As test/golden/backbone/make_onnx.py makes its images.
    const length = golden.shape.reduce((product, axis) => product * axis, 1)
    const image = Float32Array.from({ length }, (_, i) => ((i * 7919 + k * 104729) % 997) / 997)
    const folders = ['edge', 'cloud'].map((name) => join(folder, 'kept', name))
    const logits = await runPieces(folders, 'onnx', image, golden.shape)
    for (const [i, value] of (logits[1] ?? []).entries()) {
      assert.ok(Math.abs(value - (expected[i] as number)) < 1e-4, `${value} ${expected[i]}`)
    }
  }
})

test('features are kept in --cache, and a second run takes them: the same family; with another --orient none', async () => {
  const cache = join(folder, 'cache')
  const messages: string[] = []
  const log = { ...quietLog, info: (_: object, message: string) => void messages.push(message) }
  const first = await trainBackbone(optionsFor('first', { cache }), choose(), { log })
  assert.ok(messages.some((message) => /runs over the images/.test(message)))
  messages.length = 0
  const second = await trainBackbone(optionsFor('second', { cache }), choose(), { log })
  assert.ok(!messages.some((message) => /runs over the images/.test(message)), messages.join())
  assert.equal(second.family, first.family)
  messages.length = 0
  await trainBackbone(optionsFor('third', { cache, orientation: 'ignore' }), choose(), { log })
  assert.ok(messages.some((message) => /runs over the images/.test(message)))
})

test('what does not fit the network is refused before an image is decoded, and nothing is left', async () => {
  const refused: readonly Partial<BackboneChoice>[] = [
    { exitsAt: ['b1_uot'] },
    { exitsAt: ['logits'] },
    { size: { height: 48, width: 48 } },
    { path: join(folder, 'nowhere') },
  ]
  for (const [i, more] of refused.entries()) {
    const run = trainBackbone(optionsFor(`refused-${i}`), choose(more), context)
    await assert.rejects(run, { code: /DDNN_CONFIG_INVALID|DDNN_MODEL_MISSING/ })
    await assert.rejects(readdir(join(folder, `refused-${i}`)))
  }
  const two = await drawTrainingSet(join(folder, 'two'), { daisy: 10, roses: 10 })
  const run = trainBackbone(
    optionsFor('refused', { trainingSets: [two] }),
    choose({ keepClassifier: true }),
    context,
  )
  await assert.rejects(run, { code: 'DDNN_CONFIG_INVALID', message: /--keep-classifier/ })
})
