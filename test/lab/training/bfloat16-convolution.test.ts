// Convolutions in bfloat16 against TensorFlow's own in float32, on numbers that both have exactly and on others.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Rank, Tensor, Tensor4D } from '@tensorflow/tfjs-core'
import {
  bfloat16Convolution,
  bfloat16Problem,
} from '../../../src/lab/training/bfloat16-convolution.ts'
import { loadTfjsNode } from '../../../src/lab/training/tfjs-node.ts'

const tf = loadTfjsNode(1)

interface Watcher {
  readonly onOutput?: (name: string) => void
  readonly onDelete?: () => void
}

/** Hears of what TensorFlow is asked to compute and to forget. */
let watcher: Watcher = {}
const backend = tf.backend() as unknown as {
  binding: Record<'executeOp' | 'deleteTensor', (...given: unknown[]) => unknown>
}
const { binding } = backend
backend.binding = Object.create(binding, {
  executeOp: {
    value: (...given: unknown[]) => {
      watcher.onOutput?.(String(given[0]))
      return binding.executeOp(...given)
    },
  },
  deleteTensor: {
    value: (...given: unknown[]) => {
      watcher.onDelete?.()
      return binding.deleteTensor(...given)
    },
  },
}) as typeof binding
const convolve = bfloat16Convolution(tf)

interface Case {
  readonly strides: [number, number]
  readonly padding: 'same' | 'valid'
  readonly dilations: [number, number]
}

const cases: Record<string, Case> = {
  'plain, same': { strides: [1, 1], padding: 'same', dilations: [1, 1] },
  'plain, valid': { strides: [1, 1], padding: 'valid', dilations: [1, 1] },
  'strides of 2 and 1': { strides: [2, 1], padding: 'same', dilations: [1, 1] },
}

const wholeNumbers = (
  shape: [number, number, number, number],
  from: number,
  to: number,
  seed: number,
) => tf.cast<Tensor4D>(tf.randomUniform(shape, from, to, 'int32', seed), 'float32')

/** The result and both gradients, for a loss that weighs each result by `factor`. */
function allOf(
  x: Tensor4D,
  filter: Tensor4D,
  { strides, padding, dilations }: Case,
  isPlain: boolean,
) {
  const compute = (x: Tensor, filter: Tensor) =>
    isPlain
      ? tf.conv2d(x as Tensor4D, filter as Tensor4D, strides, padding, 'NHWC', dilations)
      : convolve(x as Tensor4D, filter as Tensor4D, { strides, padding, dilations })
  const y = compute(x, filter)
  const factor = wholeNumbers(y.shape, -3, 4, 5)
  const gradients = tf.grads((x: Tensor, filter: Tensor) =>
    tf.sum(tf.mul(compute(x, filter), factor)),
  )([x, filter])
  return [y, ...gradients].map((tensor) => [...tensor.dataSync()])
}

for (const [name, options] of Object.entries(cases)) {
  test(`${name}: small whole numbers come out exactly, gradients too`, () => {
    const x = wholeNumbers([2, 6, 7, 3], -2, 3, 1)
    const filter = wholeNumbers([3, 3, 3, 4], -1, 2, 2)
    assert.deepEqual(allOf(x, filter, options, false), allOf(x, filter, options, true))
  })

  test(`${name}: other numbers come out within the 8 bits of bfloat16`, () => {
    const x = tf.randomNormal<Rank.R4>([2, 6, 7, 3], 0, 1, 'float32', 3)
    const filter = tf.randomNormal<Rank.R4>([3, 3, 3, 4], 0, 1, 'float32', 4)
    const wanted = allOf(x, filter, options, true)
    for (const [i, row] of allOf(x, filter, options, false).entries()) {
      const largest = Math.max(...(wanted[i] as number[]).map(Math.abs))
      for (const [j, value] of row.entries()) {
        const off = Math.abs(value - (wanted[i]?.[j] as number)) / largest
        assert.ok(off < 2 ** -7, `${i}, ${j}: ${off}`)
      }
    }
  })
}

test('the gradient that nobody asks for is not computed', () => {
  const x = tf.ones<Rank.R4>([1, 4, 4, 2])
  const filter = tf.variable(tf.ones<Rank.R4>([3, 3, 2, 2]))
  const names: string[] = []
  watcher = { onOutput: (name) => names.push(name) }
  tf.dispose(
    tf.variableGrads(() => tf.sum(convolve(x, filter, cases['plain, same'] as Case))).grads,
  )
  watcher = {}
  assert.ok(names.includes('Conv2DBackpropFilter'), names.join(' '))
  assert.ok(!names.includes('Conv2DBackpropInput'), names.join(' '))
})

test("nothing stays in TensorFlow's memory but the result", () => {
  const x = tf.ones<Rank.R4>([1, 4, 4, 2])
  const filter = tf.ones<Rank.R4>([3, 3, 2, 2])
  let kept = 0
  watcher = { onOutput: () => kept++, onDelete: () => kept-- }
  const y = convolve(x, filter, cases['plain, same'] as Case)
  const after = kept
  y.dispose()
  watcher = {}
  assert.deepEqual([after, kept], [1, 0])
})

test('a TensorFlow that has no such convolution is told from one that has', () => {
  assert.equal(bfloat16Problem(tf), undefined)
  const wrong = () => (x: Tensor4D, filter: Tensor4D) =>
    tf.mul(tf.conv2d(x, filter, 1, 'same'), 1.1)
  assert.equal(bfloat16Problem(tf, wrong as never), 'it gives other numbers')
  const none = () => {
    throw new Error('No OpKernel was registered')
  }
  assert.equal(bfloat16Problem(tf, none), 'No OpKernel was registered')
})
