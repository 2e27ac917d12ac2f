// Features between parts, in training: as the wire's codec gives them, with gradients as if it were not there.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Tensor } from '@tensorflow/tfjs-core'
import { featureForms } from '../../../src/domain/feature-codec.ts'
import { linkThrough } from '../../../src/lab/training/link-layer.ts'
import { loadTfjsNode } from '../../../src/lab/training/tfjs-node.ts'
import { decodeFeatures, encodeFeatures } from '../../../src/serving/wire/features/features.ts'

const tf = loadTfjsNode(1)
const shape = [4, 3, 5]

function modelOf(form: (typeof featureForms)[number]) {
  const input = tf.input({ shape })
  const link = linkThrough(tf, form)
  assert.ok(link !== undefined)
  return tf.model({ inputs: input, outputs: link(input, 'fog') })
}

for (const form of featureForms) {
  if (form === 'float32') continue
  test(`${form}: each sample comes out as it would at the other end of the wire`, () => {
    const x = tf.randomNormal([3, ...shape], 0, 2, 'float32', 4)
    const got = modelOf(form).apply(x, { training: true }) as Tensor
    const values = x.dataSync() as Float32Array
    const wanted = new Float32Array(values.length)
    for (let from = 0; from < values.length; from += 60) {
      const { bytes } = encodeFeatures(values.subarray(from, from + 60), shape, form)
      decodeFeatures(bytes, shape, form, wanted.subarray(from, from + 60))
    }
    assert.deepEqual(got.dataSync(), wanted)
    assert.notDeepEqual(wanted, values)
  })
}

test('gradients pass as if it were not there', () => {
  const x = tf.randomNormal([2, ...shape], 0, 2, 'float32', 6)
  const model = modelOf('int2')
  const factor = tf.randomNormal([2, ...shape], 0, 1, 'float32', 7)
  const gradient = tf.grad((x: Tensor) => tf.sum(tf.mul(model.apply(x) as Tensor, factor)))(x)
  assert.deepEqual(gradient.dataSync(), factor.dataSync())
})

test('values that are none pass, for the loop to find', () => {
  const x = tf.fill([1, ...shape], NaN)
  const got = modelOf('int4').apply(x) as Tensor
  assert.ok(got.dataSync().every(Number.isNaN))
})

test('float32 changes nothing, so there is no layer for it', () => {
  assert.equal(linkThrough(tf, 'float32'), undefined)
})
