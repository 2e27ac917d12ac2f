// The own classifier of a network as an exit that learns: it answers as served, and gradients reach it however sure it is.
import assert from 'node:assert/strict'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import { test } from 'node:test'
import { applyOwnLogits, ownLogits } from '../../../../src/lab/training/backbone/own-logits.ts'
import { loadTfjsNode } from '../../../../src/lab/training/tfjs-node.ts'
import type { SymbolicTensor } from '../../../../src/model/networks/network.ts'

const tf = loadTfjsNode(1)
const { layers } = tf
type Apply = (x: SymbolicTensor) => SymbolicTensor

const by =
  (...chain: readonly { apply(x: SymbolicTensor): unknown }[]): Apply =>
  (x) =>
    chain.reduce((made, layer) => layer.apply(made) as SymbolicTensor, x)

/** Layers that give their inputs. */
const dense = (activation?: 'softmax') =>
  layers.dense({ units: 3, kernelInitializer: 'identity', ...(activation && { activation }) })
const softConvolution = (): Apply => (x) => {
  const conv = layers.conv2d({ filters: 3, kernelSize: 1, activation: 'softmax' })
  const made = conv.apply(x) as SymbolicTensor
  conv.setWeights([tf.reshape(tf.eye(3), [1, 1, 3, 3]), tf.zeros([3])])
  return made
}

/** Ends of a network of three classes, made anew for each. */
const ends: Readonly<Record<string, () => Apply>> = {
  'Dense with a softmax': () => by(dense('softmax')),
  Activation: () => by(dense(), layers.activation({ activation: 'softmax' })),
  Softmax: () => by(layers.softmax()),
  'Conv2D, Dropout and Flatten': () => (x) =>
    by(
      layers.dropout({ rate: 0.5 }),
      layers.flatten(),
    )(softConvolution()(by(layers.reshape({ targetShape: [1, 1, 3] }))(x))),
}

/** An exit on the answers of a network, what it gives, and the gradient that a label of these has at its input. */
function look(
  end: Apply,
  { values, label, classes }: { values: number[]; label: number; classes: number },
  others: (answer: SymbolicTensor) => readonly SymbolicTensor[] = () => [],
) {
  const input = tf.input({ shape: [values.length] })
  const answer = end(input)
  const units = answer.shape.at(-1) as number
  const x = tf.tensor2d([values])
  const answers = (tf.model({ inputs: input, outputs: answer }).predict(x) as Tensor).dataSync()
  const outputs = applyOwnLogits(tf, answer, units, 'probabilities', others(answer))
  const exit = tf.model({ inputs: input, outputs })
  const target = tf.oneHot([label], classes)
  const gain = (given: Tensor) =>
    tf.sum(tf.mul(target, tf.logSoftmax(exit.apply(given) as Tensor2D)))
  return {
    served: ownLogits(Float32Array.from(answers), units, 'probabilities'),
    given: (exit.predict(x) as Tensor).dataSync(),
    gradient: tf.grad(gain)(x).dataSync(),
  }
}

function assertNear(got: ArrayLike<number>, wanted: ArrayLike<number>, what: string): void {
  const text = `${what}: got ${Array.from(got).join(' ')} for ${Array.from(wanted).join(' ')}`
  assert.equal(got.length, wanted.length, text)
  for (let i = 0; i < wanted.length; i++) {
    assert.ok(Math.abs((got[i] as number) - (wanted[i] as number)) < 2e-3, text)
  }
}

for (const [name, end] of Object.entries(ends)) {
  test(`${name}: a network that is sure of the wrong class learns, and answers as served`, () => {
    for (const values of [
      [20, 0, 0],
      [60, 0, 0],
    ]) {
      const { served, given, gradient } = look(end(), { values, label: 1, classes: 3 })
      assertNear(given, served, 'logits')
      assertNear(gradient, [-1, 1, 0], 'gradient')
    }
  })
}

test('a softmax that another exit stands on, or that is called twice, stays; probabilities give gradients then', () => {
  const soft = { values: [20, 0, 0], label: 1, classes: 3 }
  const taken = look(by(layers.softmax()), soft, (answer) => [answer])
  assertNear(taken.given, taken.served, 'logits')
  assertNear(taken.gradient, [-1, 1, 0], 'gradient')
  const shared = layers.activation({ activation: 'softmax' })
  const twice = look(by(shared, shared), { ...soft, values: [1, 0, 2] })
  assertNear(twice.given, twice.served, 'logits')
})

test('one sigmoid unit that is sure of the wrong class learns as well', () => {
  const one = () => by(layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer: 'ones' }))
  const no = look(one(), { values: [-20], label: 1, classes: 2 })
  assertNear(no.given, no.served, 'logits')
  assertNear(no.given, [0, -20], 'logits')
  assertNear(no.gradient, [1], 'gradient')
  assertNear(look(one(), { values: [20], label: 0, classes: 2 }).gradient, [-1], 'gradient')
})
