// A small network of layers, frozen by who made it, whose layers learn together with its exits; killed and gone on
// with; and what such a training is refused for.
import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test } from 'node:test'
import type { BackboneChoice } from '../../../../src/lab/training/backbone/choice.ts'
import type { TrainContext } from '../../../../src/lab/training/context.ts'
import { trainBackbone } from '../../../../src/lab/training/backbone/train-backbone.ts'
import { defaultTrainOptions, type TrainOptions } from '../../../../src/lab/training/options.ts'
import { loadTfjsNode } from '../../../../src/lab/training/tfjs-node.ts'
import type { LayersModel, SymbolicTensor } from '../../../../src/model/networks/network.ts'
import { modelFiles } from '../../../../src/model/weights.ts'
import { tempFolder } from '../../../helpers/cli.ts'
import { repoPath } from '../../../helpers/paths.ts'
import { runPieces } from '../../../helpers/run-pieces.ts'
import { drawTrainingSet, quietLog } from '../../../helpers/training-set.ts'

const tf = loadTfjsNode(1)
const folder = tempFolder()
const onnx = repoPath('test/golden/backbone/residual')
const context = { log: quietLog }
let flowers = ''
let network = ''

before(async () => {
  const counts = { daisy: 12, roses: 12, tulips: 12 }
  flowers = await drawTrainingSet(join(folder, 'flowers'), counts)
  network = join(folder, 'network')
  await makeNetwork(3).save(modelFiles(network))
})

/**
 * Convolutions, one of them called as inputs of pieces are, batch normalisation, a way around, dropout, a softmax; not to
 * be trained, as a Keras user left it.
 */
function makeNetwork(units: number): LayersModel {
  const { layers } = tf
  const drawn = (seed: number) => tf.initializers.heNormal({ seed })
  const conv = (name: string, filters: number, seed: number, strides = 1) =>
    layers.conv2d({
      ...{ name, filters, strides, kernelSize: 3, padding: 'same' },
      kernelInitializer: drawn(seed),
    })
  const on = (layer: { apply(x: never): unknown }, x: SymbolicTensor | SymbolicTensor[]) =>
    layer.apply(x as never) as SymbolicTensor
  const image = tf.input({ shape: [24, 24, 3], name: 'picture' })
  const stem = on(layers.batchNormalization({ name: 'norm' }), on(conv('stem', 6, 1, 2), image))
  const first = on(layers.reLU({ name: 'first' }), stem)
  const sum = on(layers.add({ name: 'sum' }), [on(conv('branch', 6, 2), first), first])
  const second = on(layers.reLU({ name: 'second' }), sum)
  const dropped = on(layers.dropout({ name: 'drop', rate: 0.5 }), second)
  const third = on(layers.reLU({ name: 'third' }), on(conv('image', 12, 3, 2), dropped))
  const average = on(layers.globalAveragePooling2d({ name: 'average' }), third)
  const activation = units === 1 ? 'sigmoid' : 'softmax'
  const dense = layers.dense({ name: 'answer', units, activation, kernelInitializer: drawn(4) })
  const model = tf.model({ inputs: image, outputs: on(dense, average) })
  for (const layer of model.layers) layer.trainable = false
  return model
}

function optionsFor(output: string, more: Partial<TrainOptions> = {}): TrainOptions {
  return {
    ...defaultTrainOptions,
    trainingSets: [flowers],
    output: join(folder, output),
    ...{ batchSize: 8, epochs: 2, seed: 1, threads: 1, checkpointMinutes: 0.0001 },
    ...more,
  }
}

function choose(more: Partial<BackboneChoice> = {}): BackboneChoice {
  return {
    ...{ path: network, exitsAt: ['first'], head: 'dense', keepClassifier: false },
    ...{ size: undefined, pixels: 'unit' },
    fineTune: { learningRate: 0.002, epochs: 4 },
    ...more,
  }
}

const shape = [24, 24, 3]
const picture = Float32Array.from({ length: 24 * 24 * 3 }, (_, i) => ((i * 7919) % 997) / 997)

/** Of each weight of a piece by name. */
async function weightsOf(piece: string): Promise<ReadonlyMap<string, Float32Array>> {
  const model = await tf.loadLayersModel(modelFiles(piece))
  const named = model.weights.map(
    (weight) => [weight.originalName, weight.read().dataSync().slice() as Float32Array] as const,
  )
  model.dispose()
  return new Map(named)
}

test('layers and exits learn together; batch normalisation keeps its statistics, and the pieces serve', async () => {
  const before = tf.memory().numTensors
  const messages: string[] = []
  const log = { ...quietLog, info: (_: object, message: string) => void messages.push(message) }
  const options = optionsFor('tuned', { keep: 'last', epochs: 10 })
  const result = await trainBackbone(options, choose({ head: 'hidden' }), { log })
  assert.ok(messages.some((message) => /layers of the network are trained too/.test(message)))
  assert.equal(result.bestEpoch, 14)
  const losses = result.history['loss'] as number[]
  assert.equal(losses.length, 14)
  assert.ok((losses[13] as number) < 0.9 * (losses[9] as number), losses.join(' '))
  assert.deepEqual((await readdir(join(folder, 'tuned'))).sort(), [
    ...['cloud', 'edge', 'model', 'model.history', 'run.json'],
  ])
  const own = await weightsOf(network)
  const edge = await weightsOf(join(folder, 'tuned', 'edge'))
  const isSame = (name: string) =>
    Buffer.from(edge.get(name)?.buffer ?? new ArrayBuffer(0)).equals(
      Buffer.from(own.get(name)?.buffer ?? new ArrayBuffer(0)),
    )
  assert.ok(!isSame('stem/kernel') && !isSame('norm/gamma'))
  assert.ok(isSame('norm/moving_mean') && isSame('norm/moving_variance'))
  const pieces = ['edge', 'cloud'].map((name) => join(folder, 'tuned', name))
  const logits = await runPieces(pieces, 'tfjs-layers', picture, shape)
  assert.deepEqual(
    logits.map(({ length }) => length),
    [3, 3],
  )
  // The network that was opened stays in memory, its copy and the exits do not.
  assert.equal(tf.memory().numTensors - before, own.size)
})

test('its own classifier is trained as the last exit, of one sigmoid unit too', async () => {
  for (const units of [3, 1]) {
    const path = join(folder, `classifier-${units}`)
    await makeNetwork(units).save(modelFiles(path))
    const counts = { daisy: 12, roses: 12, ...(units === 3 ? { tulips: 12 } : {}) }
    const images = await drawTrainingSet(join(folder, `images-${units}`), counts)
    const options = optionsFor(`own-${units}`, { trainingSets: [images], keep: 'last' })
    const { history } = await trainBackbone(
      options,
      choose({ path, keepClassifier: true, fineTune: { learningRate: 0.01, epochs: 4 } }),
      context,
    )
    const losses = history['cloud_exit_loss'] as number[]
    // Frozen it answers as it is; trained, better.
    assert.equal(losses.length, 6)
    assert.ok((losses.at(-1) as number) < (losses[1] as number), losses.join(' '))
    const answer = await weightsOf(join(folder, `own-${units}`, 'cloud'))
    assert.notDeepEqual(answer.get('answer/kernel'), (await weightsOf(path)).get('answer/kernel'))
  }
})

test('a run that is stopped or killed in either course goes on to the weights of one that was not', async () => {
  const recipe = { augmentation: { crop: [0.7, 1] as [number, number], mirror: true } }
  const told = { recipe, epochs: 8, patience: 1, keep: 'last' as const }
  const choice = choose({ fineTune: { learningRate: 0.002, epochs: 2 } })
  const run = (name: string, resume = false, hooks: Partial<TrainContext> = {}) =>
    trainBackbone(optionsFor(name, { ...told, resume }), choice, { ...context, ...hooks })
  const whole = await run('whole')
  const early = new AbortController()
  const stopped = await run('stopped', false, {
    signal: early.signal,
    onEpoch: () => early.abort(),
  })
  assert.equal(stopped.end, 'signal')
  assert.ok((await readdir(join(folder, 'stopped'))).includes('checkpoint.bin'))
  await assert.rejects(run('stopped'), { message: /half-finished/ })
  const other = choose({ path: onnx, exitsAt: [], fineTune: undefined, pixels: undefined })
  const options = optionsFor('stopped', { ...told, resume: true })
  await assert.rejects(trainBackbone(options, other, context), {
    code: 'DDNN_CONFIG_INVALID',
    message: /^Expected --backbone to be ".*network" as when the run began, got ".*residual"$/,
  })

  // A kill in the first step of the second course leaves the checkpoint of the exits' last epoch.
  const late = new AbortController()
  let [epochs, isTuning] = [0, false]
  const info = (_: object, message: string) => {
    isTuning ||= /layers of the network are trained too/.test(message)
  }
  await run('stopped', true, {
    log: { ...quietLog, info },
    signal: late.signal,
    onEpoch: ({ epoch }) => (epochs = epoch),
    onProgress: () => {
      if (!isTuning || late.signal.aborted) return
      cpSync(join(folder, 'stopped'), join(folder, 'killed'), { recursive: true })
      late.abort()
    },
  })
  // By patience, or there would be nothing to forget.
  assert.ok(epochs < told.epochs, `${epochs} epochs`)
  for (const name of ['stopped', 'killed']) {
    const resumed = await run(name, true)
    assert.equal(resumed.family, whole.family, name)
    assert.deepEqual(await readdir(join(folder, name)), await readdir(join(folder, 'whole')))
    assert.deepEqual(resumed.history, whole.history)
  }
})

test('a rate that is too high ends it, and the exits of the network as it was stay on disk', async () => {
  const choice = choose({ fineTune: { learningRate: 1e9, epochs: 3 } })
  await assert.rejects(trainBackbone(optionsFor('high'), choice, context), {
    code: 'DDNN_TRAINING_DIVERGED',
    hint: /--fine-tune-rate 0\.001,.*the weights of epoch \d, the best one, stay in/,
  })
  const pieces = ['edge', 'cloud'].map((name) => join(folder, 'high', name))
  const logits = await runPieces(pieces, 'tfjs-layers', picture, shape)
  assert.ok(logits.flatMap((values) => [...values]).every(Number.isFinite))
  const record = JSON.parse(await readFile(join(folder, 'high', 'run.json'), 'utf8')) as {
    readonly end?: string
  }
  assert.equal(record.end, 'diverged')
  const names = ['cloud', 'edge', 'model.history', 'run.json']
  const found = await readdir(join(folder, 'high'))
  assert.ok(names.every((name) => found.includes(name)) && !found.includes('checkpoint.bin'))
})

test('where channels come first, layers that are normalised over the first axis learn too', async () => {
  const path = join(folder, 'first')
  const dataFormat = 'channelsFirst'
  const { layers } = tf
  const network = tf.sequential()
  const kernelInitializer = tf.initializers.heNormal({ seed: 5 })
  const conv = { filters: 6, kernelSize: 3, strides: 2, dataFormat, kernelInitializer } as const
  network.add(layers.conv2d({ ...conv, name: 'a', inputShape: [3, 24, 24] }))
  network.add(layers.batchNormalization({ axis: 1, name: 'norm' }))
  network.add(layers.reLU({ name: 'first' }))
  network.add(layers.conv2d({ ...conv, name: 'b' }))
  network.add(layers.globalAveragePooling2d({ dataFormat }))
  network.add(layers.dense({ units: 3, activation: 'softmax' }))
  await network.save(modelFiles(path))
  const options = optionsFor('turned', { keep: 'last' })
  const result = await trainBackbone(options, choose({ path }), context)
  assert.equal(result.bestEpoch, 6)
  const edge = await weightsOf(join(folder, 'turned', 'edge'))
  assert.notDeepEqual(edge.get('norm/gamma'), (await weightsOf(path)).get('norm/gamma'))
})

test('networks whose weights cannot be changed are refused, each with its own reason', async () => {
  const choice = choose({ path: onnx, exitsAt: [] })
  await assert.rejects(trainBackbone(optionsFor('no'), choice, context), {
    code: 'DDNN_CONFIG_INVALID',
    message: /layers model for --fine-tune, got .*an ONNX file/,
  })
  const mixed = optionsFor('no', { recipe: { mixup: 0.2 } })
  await assert.rejects(trainBackbone(mixed, choose(), context), { message: /mixup.*got 0\.2/ })
})
