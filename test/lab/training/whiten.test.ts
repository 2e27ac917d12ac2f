// A first layer that whitens: its filters' outputs over the patches it was computed from are uncorrelated, of variance 1.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tensor } from '@tensorflow/tfjs-core'
import { createRandom } from '../../../src/domain/random.ts'
import { loadTfjsNode } from '../../../src/lab/training/tfjs-node.ts'
import type { TrainingSource } from '../../../src/lab/training/training-source.ts'
import { whiten } from '../../../src/lab/training/whiten.ts'
import type { SymbolicTensor } from '../../../src/model/networks/network.ts'

const tf = loadTfjsNode(1)
const side = 9

/** Images whose channels go together and whose neighbours are alike. */
function makeImages(count: number): Float32Array {
  const random = createRandom(5)
  const values = new Float32Array(count * side * side * 3)
  for (let at = 0; at < values.length; at += 3) {
    const before = at === 0 ? 0.5 : (values[at - 3] as number)
    const grey = 0.7 * before + 0.3 * random()
    values.set([grey, 0.8 * grey + 0.2 * random(), 0.5 * grey + 0.5 * random()], at)
  }
  return values
}

const pixels = makeImages(60)

const source: TrainingSource = {
  labels: Array.from({ length: 60 }, () => 0),
  sets: [],
  // eslint-disable-next-line @typescript-eslint/require-await
  async *batches(plans) {
    const size = side * side * 3
    for (const { indices } of plans) {
      const values = new Float32Array(indices.length * size)
      for (const [at, i] of indices.entries()) {
        values.set(pixels.subarray(i * size, (i + 1) * size), at * size)
      }
      yield { indices, inputs: [{ values, shape: [indices.length, side, side, 3] }] }
    }
  },
}

function modelOf(filters: number, kernelSize = 2, useBias = false, trainable = false) {
  const input = tf.input({ shape: [side, side, 3] })
  const config = { filters, kernelSize, useBias, trainable, name: 'white' }
  const output = tf.layers.conv2d(config).apply(input) as SymbolicTensor
  return tf.model({ inputs: input, outputs: output })
}

test('its filters are uncorrelated and of variance 1, the second half the first negated', async () => {
  const model = modelOf(24)
  await whiten(tf, model, 'white', source, 1)
  const images = tf.tensor4d(pixels, [60, side, side, 3])
  const rows = tf.reshape(model.predict(images) as Tensor, [-1, 24])
  const centred = tf.sub(rows, tf.mean(rows, 0))
  const count = rows.shape[0]
  const products = tf.div(tf.matMul(centred, centred, true), count).arraySync() as number[][]
  for (let a = 0; a < 24; a++) {
    for (let b = 0; b < 24; b++) {
      const wanted = a === b ? 1 : a % 12 === b % 12 ? -1 : 0
      const got = (products[a] as number[])[b] as number
      // What is added to each variance keeps the least ones a little below 1.
      assert.ok(Math.abs(got - wanted) < 0.05, `${a}, ${b}: ${got}`)
    }
  }
  assert.ok(Math.abs(((products[0] as number[])[0] as number) - 1) < 1e-3)
})

test('the same seed gives the same filters', async () => {
  const kernels = await Promise.all(
    [1, 1].map(async (seed) => {
      const model = modelOf(12)
      await whiten(tf, model, 'white', source, seed)
      return model.getWeights()[0]?.dataSync()
    }),
  )
  assert.deepEqual(kernels[0], kernels[1])
})

test('what is no convolution of the image that it can set is refused, with what it was', async () => {
  for (const [model, name] of [
    [modelOf(24), 'grey'],
    [modelOf(24, 2, true), 'white'],
    [modelOf(7), 'white'],
    [modelOf(26), 'white'],
    [modelOf(24, 2, false, true), 'white'],
  ] as const) {
    await assert.rejects(whiten(tf, model, name, source, 1), {
      code: 'DDNN_MODULE_INVALID',
      message: /Expected whitening to name a square convolution .* of at most \d+ filters, got/,
    })
  }
})
