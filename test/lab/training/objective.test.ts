// The loss over all exits, and what the history keeps of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { softmax } from '../../../src/domain/confidence.ts'
import { createHistory } from '../../../src/lab/training/history.ts'
import { exitLoss, ExitMeter } from '../../../src/lab/training/objective.ts'
import { createRandom, shuffled } from '../../../src/domain/random.ts'
import { drawBeta } from '../../../src/lab/training/beta.ts'
import { loadTfjsNode } from '../../../src/lab/training/tfjs-node.ts'

const tf = loadTfjsNode()
const early = [1, 0, -1]
const last = [0, 2, 0.5]
const target = [0, 1, 0]

function crossEntropy(wanted: readonly number[], logits: readonly number[]): number {
  const got = softmax(logits)
  return -wanted.reduce((sum, p, i) => sum + p * Math.log(got[i] as number), 0)
}

function lossOf(labelSmoothing: number, distillation: number): number {
  const rows = [early, last].map((row) => tf.tensor2d([row]))
  const recipe = { lossWeights: [0.3, 1], labelSmoothing, distillation }
  return exitLoss(tf, rows, tf.tensor2d([target]), recipe).dataSync()[0] as number
}

function assertClose(got: number, wanted: number): void {
  assert.ok(Math.abs(got - wanted) < 1e-5, `expected ${wanted}, got ${got}`)
}

test('the loss is the weighted sum of the cross-entropies', () => {
  assertClose(lossOf(0, 0), 0.3 * crossEntropy(target, early) + crossEntropy(target, last))
})

test('label smoothing spreads its share over all classes', () => {
  const smooth = target.map((p) => 0.9 * p + 0.1 / 3)
  assertClose(lossOf(0.1, 0), 0.3 * crossEntropy(smooth, early) + crossEntropy(smooth, last))
})

test("an early exit learns its share from the last exit's softmax", () => {
  const teacher = [...softmax(last)]
  const soft = target.map((p, i) => 0.5 * p + 0.5 * (teacher[i] as number))
  assertClose(lossOf(0, 0.5), 0.3 * crossEntropy(soft, early) + crossEntropy(target, last))
})

test('no gradient reaches the last exit through its pupils', () => {
  const gradientOfLast = (distillation: number) => {
    const recipe = { lossWeights: [5, 1], labelSmoothing: 0, distillation }
    const gradient = tf.grad((x) =>
      exitLoss(tf, [tf.tensor2d([early]), x as Tensor2D], tf.tensor2d([target]), recipe),
    )
    return [...gradient(tf.tensor2d([last])).dataSync()]
  }
  const wanted = [...softmax(last)].map((p, i) => p - (target[i] as number))
  for (const gradient of [gradientOfLast(0), gradientOfLast(0.5)]) {
    for (const [i, value] of wanted.entries()) assertClose(gradient[i] as number, value)
  }
})

test('the meter gives means over samples, of each exit', () => {
  const meter = new ExitMeter(2)
  meter.add([early, last], 1)
  meter.add([early, last], 0)
  const { loss, accuracy } = meter.read()
  assert.equal(meter.count, 2)
  assert.deepEqual(accuracy, [0.5, 0.5])
  const both = (logits: number[]) =>
    (crossEntropy([1, 0, 0], logits) + crossEntropy([0, 1, 0], logits)) / 2
  assertClose(loss[0] as number, both(early))
  assertClose(loss[1] as number, both(last))
})

test("the history's loss weighs the exits as the training does", () => {
  const history = createHistory(['a', 'b'], [0.5, 1])
  history.add({ loss: [2, 3], accuracy: [0.1, 0.2] }, { loss: [4, 5], accuracy: [0.3, 0.4] })
  assert.deepEqual(history.read(), {
    loss: [4],
    a_loss: [2],
    b_loss: [3],
    a_accuracy: [0.1],
    b_accuracy: [0.2],
    val_loss: [7],
    val_a_loss: [4],
    val_b_loss: [5],
    val_a_accuracy: [0.3],
    val_b_accuracy: [0.4],
  })
})

test('a beta of 0.2 lies mostly near its ends, evenly on both sides', () => {
  const random = createRandom(4)
  const drawn = Array.from({ length: 20_000 }, () => drawBeta(0.2, random))
  assert.ok(drawn.every((value) => value >= 0 && value <= 1))
  const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length
  assert.ok(Math.abs(mean - 0.5) < 0.02, `mean ${mean}`)
  // Variance of Beta(a, a) is 1 / (4 (2a + 1)).
  const variance = drawn.reduce((sum, value) => sum + (value - mean) ** 2, 0) / drawn.length
  assert.ok(Math.abs(variance - 1 / 5.6) < 0.005, `variance ${variance}`)
})

test('a shuffle keeps all items, and follows from its seed', () => {
  const items = Array.from({ length: 100 }, (_, i) => i)
  const once = shuffled(items, createRandom(1, 2))
  assert.deepEqual(
    [...once].sort((a, b) => a - b),
    items,
  )
  assert.deepEqual(shuffled(items, createRandom(1, 2)), once)
  assert.notDeepEqual(shuffled(items, createRandom(2, 1)), once)
})
