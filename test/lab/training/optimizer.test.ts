// The optimizers against TensorFlow.js's own, and what those do not have.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Optimizer } from '@tensorflow/tfjs-core'
import {
  clipGradients,
  createAdamW,
  createSgd,
  type Optimizer as OurOptimizer,
  type Parameter,
} from '../../../src/lab/training/optimizer.ts'
import { loadTfjsNode } from '../../../src/lab/training/tfjs-node.ts'

const tf = loadTfjsNode()
const start = [0.5, -1.25, 2, 0.01]
const gradients = [
  [0.1, -0.2, 0.3, 1],
  [0.4, 0.5, -0.6, -1],
  [-0.7, 0.8, 0.9, 0],
]

function runTfjs(optimizer: Pick<Optimizer, 'applyGradients'>): Float32Array {
  const variable = tf.variable(tf.tensor1d(start), true, 'w')
  for (const gradient of gradients) optimizer.applyGradients({ w: tf.tensor1d(gradient) })
  const values = variable.dataSync() as Float32Array
  variable.dispose()
  return values
}

function assertClose(got: Float32Array, wanted: Float32Array): void {
  for (const [i, value] of wanted.entries()) {
    assert.ok(Math.abs((got[i] as number) - value) < 1e-5, `${got.join(' ')} / ${wanted.join(' ')}`)
  }
}

/** Our own, on the same numbers. */
function runOurs(create: (parameters: Parameter[]) => OurOptimizer): Float32Array {
  const values = Float32Array.from(start)
  const optimizer = create([{ values, decays: true, rate: 1 }])
  for (const gradient of gradients) {
    optimizer.apply([Float32Array.from(gradient)], 0.01)
  }
  return values
}

test('SGD with momentum steps as tfjs does', () => {
  const values = runOurs((parameters) => createSgd(parameters, { momentum: 0.9 }))
  assertClose(values, runTfjs(tf.train.momentum(0.01, 0.9)))
})

test('SGD that looks ahead along its momentum steps as tfjs does', () => {
  const told = { momentum: 0.85, nesterov: true }
  const values = runOurs((parameters) => createSgd(parameters, told))
  assertClose(values, runTfjs(tf.train.momentum(0.01, 0.85, true)))
})

test("SGD's biases have a rate of their own, and all weights the same decay", () => {
  const kernel = Float32Array.from([4])
  const bias = Float32Array.from([4])
  const parameters = [
    { values: kernel, decays: true, rate: 1 },
    { values: bias, decays: false, rate: 1 },
  ]
  const one = Float32Array.from([1])
  const told = { momentum: 0.9, weightDecay: 0.5, biasRate: 16 }
  createSgd(parameters, told).apply([one, one], 0.01)
  assert.ok(Math.abs((kernel[0] as number) - (4 - 0.01 * (1 + 0.5 * 4))) < 1e-6)
  assert.ok(Math.abs((bias[0] as number) - (4 - 0.01 * (16 + 0.5 * 4))) < 1e-6)
})

test('what has no gradient stays as it is, its decay and its momentum too', () => {
  for (const create of [
    (parameters: Parameter[]) => createSgd(parameters, { momentum: 0.9, weightDecay: 0.1 }),
    (parameters: Parameter[]) => createAdamW(parameters, { weightDecay: 0.1 }),
  ]) {
    const moved = { values: Float32Array.from([1]), decays: true, rate: 1 }
    const frozen = { values: Float32Array.from([1]), decays: true, rate: 1 }
    const optimizer = create([frozen, moved])
    optimizer.apply([Float32Array.from([1]), Float32Array.from([1])], 0.1)
    const before = frozen.values[0]
    const moments = optimizer.moments.map((moment) => moment.slice())
    clipGradients([undefined, Float32Array.from([1])], 0.5)
    optimizer.apply([undefined, Float32Array.from([1])], 0.1)
    assert.equal(frozen.values[0], before)
    assert.deepEqual(optimizer.moments[0], moments[0])
    assert.notDeepEqual(optimizer.moments[1], moments[1])
  }
})

test('AdamW without decay steps as tfjs Adam does', () => {
  const values = runOurs((parameters) => createAdamW(parameters, { weightDecay: 0 }))
  assertClose(values, runTfjs(tf.train.adam(0.01)))
})

test('weight decay shrinks kernels only, by rate times decay a step', () => {
  const kernel = Float32Array.from([4])
  const bias = Float32Array.from([4])
  const parameters = [
    { values: kernel, decays: true, rate: 1 },
    { values: bias, decays: false, rate: 1 },
  ]
  const zero = new Float32Array(1)
  createAdamW(parameters, { weightDecay: 0.1 }).apply([zero, zero], 0.5)
  assert.ok(Math.abs((kernel[0] as number) - 4 * 0.95) < 1e-6)
  assert.equal(bias[0], 4)
})

test('gradients are scaled down to the joint norm, and left alone below it', () => {
  const pair = [Float32Array.from([3, 0]), Float32Array.from([0, 4])]
  assert.equal(clipGradients(pair, 10), 5)
  assert.deepEqual(
    pair.map((g) => [...g]),
    [
      [3, 0],
      [0, 4],
    ],
  )
  assert.equal(clipGradients(pair, 1), 5)
  assert.ok(Math.abs(clipGradients(pair, 1) - 1) < 1e-6)
})

test('an optimizer that is given the moments of another one goes on as it does', () => {
  for (const create of [
    (values: Float32Array) =>
      createSgd([{ values, decays: true, rate: 1 }], {
        momentum: 0.9,
        nesterov: true,
        weightDecay: 0.1,
      }),
    (values: Float32Array) =>
      createAdamW([{ values, decays: true, rate: 1 }], { weightDecay: 0.1 }),
  ]) {
    const whole = Float32Array.from(start)
    const first = create(whole)
    const halves: { values: Float32Array; moments: Float32Array[] }[] = []
    for (const gradient of gradients) {
      first.apply([Float32Array.from(gradient)], 0.01)
      halves.push({
        values: whole.slice(),
        moments: first.moments.map((moment) => moment.slice()),
      })
    }
    const values = (halves[1]?.values as Float32Array).slice()
    const second = create(values)
    for (const [i, moment] of second.moments.entries()) {
      moment.set(halves[1]?.moments[i] as Float32Array)
    }
    second.apply([Float32Array.from(gradients[2] as number[])], 0.01)
    assert.deepEqual(values, whole)
  }
})

test('what begins to learn late is moved by AdamW as what learns from the first step', () => {
  const early = Float32Array.from(start)
  const late = Float32Array.from(start)
  const create = (values: Float32Array) =>
    createAdamW([{ values, decays: true, rate: 1 }], { weightDecay: 0.1 })
  const [first, second] = [create(early), create(late)]
  for (let step = 0; step < 1000; step++) second.apply([undefined], 0.01)
  for (const gradient of gradients) {
    first.apply([Float32Array.from(gradient)], 0.01)
    second.apply([Float32Array.from(gradient)], 0.01)
  }
  assert.deepEqual(late, early)
})
