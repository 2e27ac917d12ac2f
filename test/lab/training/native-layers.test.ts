// The native training step of batch normalisation and ReLU against tfjs's own, and dropout's masks.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tensor, Variable } from '@tensorflow/tfjs-core'
import type { LayersModel, SymbolicTensor, Tf } from '../../../src/model/networks/network.ts'
import { withNativeLayers, type StepState } from '../../../src/lab/training/native-layers.ts'
import { loadTfjsNode } from '../../../src/lab/training/tfjs-node.ts'

const tf = loadTfjsNode()

function buildModel(with_: Tf, scale = true): LayersModel {
  const input = with_.input({ shape: [6, 5, 3] })
  const layers = [
    with_.layers.conv2d({
      filters: 4,
      kernelSize: 3,
      kernelInitializer: with_.initializers.heNormal({ seed: 3 }),
      name: 'conv',
    }),
    with_.layers.batchNormalization({ momentum: 0.8, scale, name: 'norm' }),
    with_.layers.reLU({ name: 'relu' }),
    with_.layers.flatten({ name: 'flatten' }),
  ]
  const output = layers.reduce((x, layer) => layer.apply(x) as SymbolicTensor, input)
  return with_.model({ inputs: input, outputs: output })
}

/** Loss, gradients and batch statistics after one training step on fixed numbers. */
function step(model: LayersModel, x: Tensor): { gradients: number[][]; statistics: number[][] } {
  const variables = model.trainableWeights.map((w) => (w as unknown as { val: Variable }).val)
  const { grads } = tf.variableGrads(
    () => tf.sum(tf.square(tf.sub(model.apply(x, { training: true }) as Tensor, 0.3))),
    variables,
  )
  return {
    gradients: variables.map(({ name }) => [...(grads[name] as Tensor).dataSync()]),
    statistics: model.nonTrainableWeights.map((w) => [...w.read().dataSync()]),
  }
}

function assertClose(got: number[][], wanted: number[][], tolerance: number): void {
  assert.deepEqual(
    got.map((g) => g.length),
    wanted.map((w) => w.length),
  )
  for (const [i, row] of wanted.entries()) {
    const largest = Math.max(...row.map(Math.abs), 1)
    for (const [j, value] of row.entries()) {
      const difference = Math.abs(((got[i] as number[])[j] as number) - value) / largest
      assert.ok(difference <= tolerance, `row ${i}, ${j}: expected ${value}, got ${got[i]?.[j]}`)
    }
  }
}

for (const scale of [true, false]) {
  const what = scale ? 'a factor' : 'an offset alone'
  test(`the native step of ${what} gives the gradients and statistics that tfjs composes`, () => {
    assertStep(scale)
  })
}

function assertStep(scale: boolean): void {
  const x = tf.randomNormal([8, 6, 5, 3], 0.5, 2, 'float32', 9)
  // tfjs has no training step without a factor; one that is 1 gives the same, and a gradient of its own, the third.
  const wanted = step(buildModel(tf), x)
  if (!scale) wanted.gradients.splice(2, 1)
  const got = step(buildModel(withNativeLayers(tf, 1, { step: 0 }), scale), x)
  assertClose(got.gradients, wanted.gradients, 1e-4)
  // TensorFlow's moving variance is of n - 1, as Keras has it, tfjs's of n; n is 8 x 4 x 3 here.
  const [means, variances] = wanted.statistics as [number[], number[]]
  const corrected = variances.map((variance) => 0.8 + ((variance - 0.8) * 96) / 95)
  assertClose(got.statistics, [means, corrected], 1e-5)
}

test('a model with native layers saves as one without', () => {
  const names = (model: LayersModel) => model.layers.map((layer) => layer.getClassName())
  const native = buildModel(withNativeLayers(tf, 1, { step: 0 }))
  assert.deepEqual(names(native), names(buildModel(tf)))
})

test('dropout draws another mask at each step, the same for the same seed and step', () => {
  const clock = { step: 0 }
  const draw = (seed: number, at: number) => {
    const native = withNativeLayers(tf, seed, clock)
    const input = native.input({ shape: [1000] })
    const output = native.layers.dropout({ rate: 0.4 }).apply(input) as SymbolicTensor
    const model = native.model({ inputs: input, outputs: output })
    clock.step = at
    const result = model.apply(tf.ones([1, 1000]), { training: true }) as Tensor
    return [...result.dataSync()]
  }
  const mask = draw(1, 1)
  const kept = mask.filter((value) => value > 0)
  assert.ok(kept.length > 540 && kept.length < 660, `${kept.length} of 1000 kept`)
  for (const value of kept) assert.ok(Math.abs(value - 1 / 0.6) < 1e-5)
  assert.deepEqual(draw(1, 1), mask)
  assert.notDeepEqual(draw(1, 2), mask)
  assert.notDeepEqual(draw(2, 1), mask)
})

test('no gradient is computed towards the image', async () => {
  const kernelsOf = async (model: LayersModel) => {
    const { kernelNames } = await tf.profile(() => {
      step(model, tf.ones([2, 6, 5, 3]))
      return tf.scalar(0)
    })
    return kernelNames
  }
  const native = await kernelsOf(buildModel(withNativeLayers(tf, 1, { step: 0 })))
  assert.ok(native.includes('Conv2DBackpropFilter'), native.join(' '))
  assert.ok(!native.includes('Conv2DBackpropInput'), native.join(' '))
  assert.ok((await kernelsOf(buildModel(tf))).includes('Conv2DBackpropInput'), 'tfjs-layers does')
})

test('a normalisation that is frozen gives what it gives in serving, and its statistics stay', () => {
  const state: StepState = { step: 0, isFrozen: (name) => name === 'frozen' }
  const native = withNativeLayers(tf, 1, state)
  const input = native.input({ shape: [4, 4, 3] })
  const layer = native.layers.batchNormalization({ name: 'frozen' })
  const other = native.layers.batchNormalization({ name: 'other' })
  const outputs = [layer, other].map((own) => own.apply(input) as SymbolicTensor)
  const model = native.model({ inputs: input, outputs })
  const x = tf.randomNormal([8, 4, 4, 3], 2, 3, 'float32', 5)
  const before = layer.getWeights().map((weight) => [...weight.dataSync()])
  const served = (model.apply(x) as Tensor[]).map((y) => [...y.dataSync()])
  const trained = (model.apply(x, { training: true }) as Tensor[]).map((y) => [...y.dataSync()])
  assert.deepEqual(trained[0], served[0])
  assert.notDeepEqual(trained[1], served[1])
  assert.deepEqual(
    layer.getWeights().map((weight) => [...weight.dataSync()]),
    before,
  )
  assert.notDeepEqual([...(other.getWeights()[2]?.dataSync() ?? [])], [0, 0, 0])
})

for (const scale of [true, false]) {
  test(`gradients pass a frozen normalisation ${scale ? 'with' : 'without'} a factor as they pass one in serving`, () => {
    const native = withNativeLayers(tf, 1, { step: 0, isFrozen: () => true })
    const input = native.input({ shape: [4, 4, 3] })
    const layer = native.layers.batchNormalization({ scale })
    const model = native.model({ inputs: input, outputs: layer.apply(input) as SymbolicTensor })
    const values = [
      [2, 3, 4],
      [0.5, 0.1, -1],
      [1, -2, 0.3],
      [4, 0.5, 2],
    ].slice(scale ? 0 : 1)
    layer.setWeights(values.map((value) => tf.tensor1d(value)))
    const x = tf.randomNormal([2, 4, 4, 3], 0, 1, 'float32', 5)
    const grad = tf.grad((image: Tensor) =>
      tf.sum(tf.square(model.apply(image, { training: true }) as Tensor)),
    )(x)
    const [gamma, beta, mean, variance] = (scale ? values : [[1, 1, 1], ...values]).map((value) =>
      tf.tensor1d(value),
    )
    const wanted = tf.grad((image: Tensor) => {
      const centred = tf.div(
        tf.sub(image, mean as Tensor),
        tf.sqrt(tf.add(variance as Tensor, 1e-3)),
      )
      return tf.sum(tf.square(tf.add(tf.mul(centred, gamma as Tensor), beta as Tensor)))
    })(x)
    const far = tf.max(tf.abs(tf.sub(grad, wanted))).dataSync()[0] ?? NaN
    assert.ok(far < 1e-3, String(far))
  })
}
