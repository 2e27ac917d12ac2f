// Layers models of other makers: cut inside of models within them too, and with layers that are called twice.
import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { loadTfjsNode } from '../../../src/lab/training/tfjs-node.ts'
import { sizeOf } from '../../../src/domain/tensor.ts'
import type { LayersModel, SymbolicTensor } from '../../../src/model/networks/network.ts'
import { modelFiles } from '../../../src/model/weights.ts'
import { assertHead } from '../../helpers/backbone-head.ts'
import { imageOf, openForTest, runFolder, runInPieces } from '../../helpers/backbone-models.ts'
import { tempFolder } from '../../helpers/cli.ts'
import { assertClose } from '../../helpers/close.ts'
import { repoPath } from '../../helpers/paths.ts'
import { fc } from '../../helpers/property.ts'

const tf = loadTfjsNode()
const folder = tempFolder()
const shape = [16, 16, 3]

const conv = (filters: number, name: string, strides = 1) =>
  tf.layers.conv2d({
    filters,
    kernelSize: 3,
    strides,
    padding: 'same',
    activation: 'relu',
    name,
    kernelInitializer: tf.initializers.glorotUniform({ seed: filters + name.length }),
  })
const on = (
  layer: { apply(x: SymbolicTensor | SymbolicTensor[]): unknown },
  ...x: SymbolicTensor[]
) => layer.apply(x.length === 1 ? (x[0] as SymbolicTensor) : x) as SymbolicTensor

/** A base within it, as in transfer learning, with a layer's name that stands outside as well; one shared layer. */
function nested(): LayersModel {
  const inner = tf.input({ shape, name: 'image' })
  const stem = on(conv(4, 'stem', 2), inner)
  const sum = on(tf.layers.add({ name: 'sum' }), on(conv(4, 'branch'), stem), stem)
  const base = tf.model({ inputs: inner, outputs: on(conv(6, 'top', 2), sum), name: 'base' })
  const shared = conv(6, 'again')
  const head = tf.sequential({ name: 'head' })
  head.add(tf.layers.globalAveragePooling2d({ name: 'average', inputShape: [4, 4, 6] }))
  head.add(tf.layers.dropout({ rate: 0.5, name: 'drop' }))
  head.add(tf.layers.dense({ units: 3, activation: 'softmax', name: 'classes' }))
  const image = tf.input({ shape, name: 'picture' })
  const twice = on(shared, on(shared, on(base, image)))
  const positive = on(tf.layers.reLU({ name: 'sum' }), twice)
  return tf.model({ inputs: image, outputs: on(head, positive), name: 'nested' })
}

function plain(): LayersModel {
  const model = tf.sequential({ name: 'plain' })
  model.add(
    tf.layers.conv2d({ inputShape: [null, null, 3], filters: 4, kernelSize: 3, name: 'c1' }),
  )
  model.add(tf.layers.batchNormalization({ name: 'bn1' }))
  model.add(tf.layers.reLU({ name: 'r1' }))
  model.add(tf.layers.depthwiseConv2d({ kernelSize: 3, strides: 2, name: 'd2' }))
  model.add(tf.layers.globalMaxPooling2d({ name: 'most' }))
  model.add(tf.layers.dense({ units: 8, activation: 'relu', name: 'hidden' }))
  model.add(tf.layers.dense({ units: 4, name: 'scores' }))
  return model
}

before(async () => {
  for (const model of [nested(), plain()]) await model.save(modelFiles(join(folder, model.name)))
})

test('a model within the model is opened, and a shared layer has a cut for each call', async () => {
  const { cuts, ...facts } = await openForTest(join(folder, 'nested'))
  assert.deepEqual(
    cuts.map(({ name }) => name),
    ['stem', 'sum', 'top', 'again', 'again_1', 'sum_1', 'average', 'classes'],
  )
  const multiplyAdds = 64 * 4 * 27 + 64 * 4 * 36 + 16 * 6 * 36 + 2 * 16 * 6 * 54 + 18
  assert.equal(facts.multiplyAdds, multiplyAdds)
  assert.deepEqual(cuts[2], {
    name: 'top',
    op: 'Conv2D relu',
    shape: [4, 4, 6],
    layout: 'nhwc',
    multiplyAdds: 64 * 4 * 63 + 16 * 6 * 36,
    bytes: 4 * 16 * 6,
  })
  assert.equal(facts.gives, 'probabilities')
  assert.equal(facts.classes, 3)
  assert.equal(facts.lastFeatures, 'average')
})

test('a network of any size is opened at the size that is asked for', async () => {
  const backbone = await openForTest(join(folder, 'plain'), { height: 20, width: 12 })
  assert.deepEqual(backbone.input.shape, [undefined, undefined, 3])
  assert.deepEqual(backbone.cutAt('r1').shape, [18, 10, 4])
})

describe('pieces compute what the whole does', () => {
  for (const name of ['nested', 'plain']) {
    test(name, async () => {
      const path = join(folder, name)
      const backbone = await openForTest(path, { height: 16, width: 16 })
      const image = imageOf(shape, 1)
      const [whole] = await runFolder(path, 'tfjs-layers', image, shape)
      const names = backbone.cuts.map((cut) => cut.name).slice(0, -1)
      await fc.assert(
        fc.asyncProperty(fc.subarray(names, { maxLength: 3 }), async (cuts) => {
          const given = await runInPieces(backbone, cuts, image, shape)
          assertClose(given, whole ?? [], 1e-6, cuts.join(', '))
        }),
        { numRuns: 5, examples: [[names]] },
      )
      for (const [i, cut] of names.entries()) {
        await assertHead(backbone, cut, i % 2 === 1, image, shape)
      }
    })
  }
})

test('nothing of a piece is left in the memory of tfjs once it is written', async () => {
  const backbone = await openForTest(join(folder, 'nested'))
  const image = imageOf(shape, 0)
  await assertHead(backbone, 'sum', true, image, shape)
  const { numTensors } = tf.memory()
  await assertHead(backbone, 'sum', true, image, shape)
  assert.equal(tf.memory().numTensors, numTensors)
})

test('layers of Keras 3 are cut as layers, and as ONNX where tfjs has them not or otherwise', async () => {
  for (const [name, format] of [
    ['augmented-keras', 'tfjs-layers'],
    ['resized-keras', 'onnx'],
    ['images-keras', 'onnx'],
  ] as const) {
    const file = repoPath('test', 'golden', 'keras3', `${name}.json`)
    const golden = JSON.parse(await readFile(file, 'utf8')) as {
      readonly model: object
      readonly weights: string
      readonly shape: readonly number[]
      readonly outputs: readonly (readonly number[])[]
    }
    const place = join(folder, name)
    await mkdir(place)
    await writeFile(join(place, 'model.json'), JSON.stringify(golden.model))
    await writeFile(join(place, 'weights.bin'), Buffer.from(golden.weights, 'base64'))
    const backbone = await openForTest(place)
    assert.equal(backbone.format, format)
    const names = backbone.cuts.map((cut) => cut.name).slice(0, -1)
    // The formula of test/golden/keras3/make.py.
    const image = Float32Array.from(
      { length: sizeOf(golden.shape) },
      (_, i) => 0.5 + 0.5 * Math.sin(1.7 * i + 0.3),
    )
    const given = await runInPieces(backbone, names, image, golden.shape)
    assertClose(given, (golden.outputs[0] ?? []).slice(0, given.length), 1e-5, name)
  }
})
