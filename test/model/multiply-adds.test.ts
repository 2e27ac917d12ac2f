// Multiply-adds counted by hand against those counted from the shapes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as core from '@tensorflow/tfjs-core'
import * as layersApi from '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-cpu'
import { multiplyAdds } from '../../src/model/multiply-adds.ts'
import type { LayersModel, SymbolicTensor, Tf } from '../../src/model/networks/network.ts'

const tf = { ...core, ...layersApi } as unknown as Tf
type Layer = { apply(x: SymbolicTensor): unknown }

function modelOf(shape: readonly number[], layers: readonly Layer[]): LayersModel {
  const input = tf.input({ shape: [...shape] })
  const output = layers.reduce((x, layer) => layer.apply(x) as SymbolicTensor, input)
  return tf.model({ inputs: input, outputs: output })
}

const { layers } = tf

for (const [name, shape, layer, wanted] of [
  ['a convolution', [8, 6, 3], layers.conv2d({ filters: 5, kernelSize: 3 }), 6 * 4 * 27 * 5],
  [
    'a convolution with strides',
    [9, 9, 2],
    layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' }),
    5 * 5 * 18 * 4,
  ],
  ['a depthwise convolution', [6, 6, 4], layers.depthwiseConv2d({ kernelSize: 3 }), 16 * 36],
  [
    'a separable convolution',
    [6, 6, 4],
    layers.separableConv2d({ filters: 8, kernelSize: 3 }),
    16 * 36 + 16 * 32,
  ],
  [
    'a transposed convolution',
    [4, 4, 2],
    layers.conv2dTranspose({ filters: 3, kernelSize: 2, strides: 2 }),
    16 * 2 * 3 * 4,
  ],
  ['a dense layer', [20], layers.dense({ units: 7 }), 140],
  ['a dense layer over places', [3, 5, 4], layers.dense({ units: 2 }), 15 * 8],
  ['batch normalisation', [4, 4, 3], layers.batchNormalization(), 0],
  ['pooling', [4, 4, 3], layers.maxPooling2d({ poolSize: 2 }), 0],
] as const) {
  test(`${name} of ${shape.join('x')} takes ${wanted} multiply-adds`, () => {
    assert.equal(multiplyAdds(modelOf(shape, [layer])), wanted)
  })
}

test('a layer that is called twice counts twice, and calls in another model do not count', () => {
  const conv = layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same' })
  const large = modelOf([10, 10, 3], [conv])
  const twice = modelOf([4, 4, 3], [conv, conv])
  assert.equal(multiplyAdds(large), 100 * 81)
  assert.equal(multiplyAdds(twice), 2 * 16 * 81)
})
