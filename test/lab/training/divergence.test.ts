// Trainings whose numbers stop being numbers: they end at that step, say so, and write none of it.
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { DdnnError } from '../../../src/errors.ts'
import { DivergedError } from '../../../src/lab/training/divergence.ts'
import { defaultTrainOptions, type TrainOptions } from '../../../src/lab/training/options.ts'
import { loadTfjsNode } from '../../../src/lab/training/tfjs-node.ts'
import { train, type TrainContext } from '../../../src/lab/training/train.ts'
import { drawTrainingSet, quietLog, writeTinyNetwork } from '../../helpers/training-set.ts'

let folder = ''
let flowers = ''
let tiny = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ddnn-diverged-'))
  tiny = await writeTinyNetwork(folder)
  flowers = await drawTrainingSet(join(folder, 'flowers'), { daisy: 12, roses: 12 })
})

after(() => rm(folder, { recursive: true, force: true }))

interface Ended {
  readonly error: DdnnError
  readonly files: readonly string[]
  readonly record: Readonly<Record<string, unknown>>
}

/** A run that diverges. */
async function diverge(
  name: string,
  more: Partial<TrainOptions>,
  context: Partial<TrainContext> = {},
): Promise<Ended> {
  const output = join(folder, name)
  const options = {
    ...{ ...defaultTrainOptions, modelModule: tiny, trainingSets: [flowers], output },
    ...{ height: 24, width: 24, batchSize: 8, epochs: 4, ...more },
  }
  const error = await train(options, { log: quietLog, ...context }).then(
    () => assert.fail('it went on'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof DdnnError)
  assert.equal(error.code, 'DDNN_TRAINING_DIVERGED', error.stack)
  const record: unknown = JSON.parse(await readFile(join(output, 'run.json'), 'utf8'))
  return {
    error,
    files: (await readdir(output)).sort(),
    record: record as Ended['record'],
  }
}

/** Makes a weight of the network under training NaN, as a broken operation would. */
function poison(): void {
  const variables = Object.values(loadTfjsNode().engine().state.registeredVariables)
  const kernel = variables.find(({ name }) => name.includes('conv'))
  assert.ok(kernel !== undefined, variables.map(({ name }) => name).join(' '))
  const tf = loadTfjsNode()
  kernel.assign(tf.fill(kernel.shape, NaN))
}

test('a learning rate that is far too high ends the run at its step, and no family is written', async () => {
  const { error, files, record } = await diverge('rate', { learningRate: 1e30 })
  assert.match(error.message, /got .* at step \d+ of epoch \d, at a learning rate of \d/)
  assert.match(error.hint ?? '', /too high.*--learning-rate 0\.01, the network's own/)
  assert.match(error.hint ?? '', /no model was written/)
  assert.deepEqual(files, ['run.json'])
  assert.equal(record['end'], 'diverged')
  assert.equal(record['family'], undefined)
})

test('SGD, which clips nothing, ends in the same way', async () => {
  const recipe = { optimizer: 'sgd' } as const
  const { files, record } = await diverge('sgd', { learningRate: 1e30, recipe })
  assert.deepEqual(files, ['run.json'])
  assert.equal(record['end'], 'diverged')
})

test('weights that are none in epoch 2 leave the best epoch on disk as it was', async () => {
  const manifest = join(folder, 'late', 'near', 'ddnn.json')
  const context: Partial<TrainContext> = {
    onEpoch: ({ epoch }) => assert.equal(epoch, 1),
    onProgress: ({ epoch, step }) => {
      if (epoch === 2 && step === 1) poison()
    },
  }
  const { error, files, record } = await diverge('late', {}, context)
  assert.match(error.message, /NaN at step 2 of epoch 2/)
  assert.match(error.hint ?? '', /--learning-rate 0\.001.*epoch 1, the best one, stay in/)
  assert.deepEqual(files, ['far', 'model', 'model.history', 'near', 'run.json'])
  assert.equal(record['end'], 'diverged')
  assert.equal(record['bestEpoch'], 1)
  assert.equal(
    (JSON.parse(await readFile(manifest, 'utf8')) as { family: string }).family,
    record['family'],
  )
  for (const name of ['near', 'far']) {
    const bytes = await readFile(join(folder, 'late', name, 'weights.bin'))
    const weights = new Float32Array(new Uint8Array(bytes).buffer)
    assert.ok(weights.every(Number.isFinite))
  }
})

for (const [spoil, epoch, where, rate, advice] of [
  [poison, 1, 'a phase that names no rate', 0.01, 'pass --learning-rate 0.001'],
  [poison, 2, 'a phase that names a rate', 0.05, 'set recipe.phases[1].learningRate to 0.005'],
  [poison, 3, 'the phase behind it', 0.05, 'set recipe.phases[1].learningRate to 0.005'],
  [poisonStatistics, 2, 'the epoch of a rate', 0.05, 'set recipe.phases[1].learningRate to 0.005'],
] as const) {
  test(`a run that ends in ${where} is told to lower the rate that held there`, async () => {
    // An epoch is a quarter of the run.
    const phases = [{ share: 1 }, { share: 1, learningRate: 0.05 }, { share: 2 }]
    const recipe = { schedule: 'constant', phases } as const
    const context: Partial<TrainContext> = {
      onProgress: (at) => {
        if (at.epoch === epoch && at.step === 1) spoil()
      },
    }
    const { error } = await diverge(where.replaceAll(' ', '-'), { recipe }, context)
    assert.ok(error.message.endsWith(`of epoch ${epoch}, at a learning rate of ${rate}`))
    assert.ok(error.hint?.includes(`too high for these images: ${advice}; `), error.hint)
  })
}

test('a network that begins with no numbers is told apart: its learning rate is not why', async () => {
  const text = await readFile(tiny, 'utf8')
  const file = join(folder, 'nan-network.mjs')
  const init = "kernelInitializer: tf.initializers.constant({ value: NaN }), name: 'late_exit'"
  await writeFile(
    file,
    text.replace("name: 'late_exit'", init).replace(/, kernelInitializer: init\(3\)/, ''),
  )
  const { error } = await diverge('first', { modelModule: file })
  assert.match(error.message, /at step 1 of epoch 1/)
  assert.match(error.hint ?? '', /look at the images/)
})

test('values of validation images that are none end the run, and that epoch is not written', async () => {
  const context: Partial<TrainContext> = {
    // No step sees it: in training batch normalisation takes what the batch has.
    onProgress: ({ epoch, step }) => {
      if (epoch === 2 && step === 1) poisonStatistics()
    },
  }
  const { error, record } = await diverge('validation', {}, context)
  assert.match(error.message, /validation images .* at step 2 of epoch 2/)
  assert.equal(record['bestEpoch'], 1)
})

/** Batch normalisation's variance: the average that is measured takes it from the model. */
function poisonStatistics(): void {
  const tf = loadTfjsNode()
  const variables = Object.values(tf.engine().state.registeredVariables)
  const found = variables.find(({ name }) => name.includes('moving_variance'))
  assert.ok(found !== undefined, variables.map(({ name }) => name).join(' '))
  found.assign(tf.fill(found.shape, NaN))
}

test('an error of divergence says its step once, and what became of the weights behind its advice', () => {
  const rates = { learningRate: 0.02, ownLearningRate: 0.02 }
  const place = { epoch: 2, step: 7, learningRate: 0.0123456, isFirst: false, rates }
  const error = new DivergedError('a loss of NaN', place).with('nothing was written')
  assert.equal(
    error.message,
    'Expected finite numbers, got a loss of NaN at step 7 of epoch 2, at a learning rate of 0.0123',
  )
  assert.match(error.hint ?? '', /--learning-rate 0\.002; nothing was written$/)
})
