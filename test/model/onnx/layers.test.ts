// Each layer that the compiler knows, as tfjs's own kernels in plain JavaScript run it.
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Tensor } from '@tensorflow/tfjs-core'
import type { layers as layersNamespace } from '@tensorflow/tfjs-layers'
import type { Shape } from '../../../src/domain/tensor.ts'
import type { LayersModel, SymbolicTensor } from '../../../src/model/networks/network.ts'
import { compileLayers } from '../../../src/model/onnx/compile-layers.ts'
import {
  assertNear,
  assertSameOutputs,
  randomizeWeights,
  runCompiled,
  samples,
  saveModel,
  tf,
} from './compare.ts'

type Layers = typeof layersNamespace
type Build = (x: SymbolicTensor) => unknown

const layers: Layers = tf.layers

/** A model of these layers alone; `build` may return several outputs. */
function modelOf(input: Shape, build: Build): LayersModel {
  const x = tf.input({ shape: [...input] })
  const outputs = build(x) as SymbolicTensor | SymbolicTensor[]
  return tf.model({ inputs: x, outputs })
}

function row(title: string, input: Shape, build: Build, tolerance = 1e-5): void {
  test(title, async () => {
    const model = modelOf(input, build)
    randomizeWeights(model, 11)
    const folder = await saveModel(model)
    model.dispose()
    await assertSameOutputs(folder, { tolerance })
  })
}

const one =
  (layer: { apply(x: SymbolicTensor): unknown }): Build =>
  (x) =>
    layer.apply(x)

/** Layers one after the other. */
function chain(...list: readonly { apply(x: SymbolicTensor): unknown }[]): Build {
  return (x) => list.reduce((y, layer) => layer.apply(y) as SymbolicTensor, x)
}

describe('convolutions', () => {
  for (const padding of ['same', 'valid'] as const) {
    for (const strides of [1, 2, 3]) {
      for (const [height, width] of [
        [7, 10],
        [9, 8],
      ] as const) {
        row(`conv2d ${padding}, stride ${strides}, ${height}x${width}`, [height, width, 3], (x) =>
          layers
            .conv2d({ filters: 4, kernelSize: [3, 2], strides, padding, activation: 'relu' })
            .apply(x),
        )
        row(
          `depthwiseConv2d ${padding}, stride ${strides}, ${height}x${width}`,
          [height, width, 3],
          (x) =>
            layers
              .depthwiseConv2d({ kernelSize: 3, strides, padding, depthMultiplier: 2 })
              .apply(x),
        )
      }
      row(`separableConv2d ${padding}, stride ${strides}`, [8, 7, 3], (x) =>
        layers
          .separableConv2d({
            filters: 5,
            kernelSize: 3,
            strides,
            padding,
            activation: 'elu',
          })
          .apply(x),
      )
      for (const kernelSize of [1, 2, 3, 4]) {
        row(`conv2dTranspose ${padding}, stride ${strides}, kernel ${kernelSize}`, [5, 4, 3], (x) =>
          layers.conv2dTranspose({ filters: 2, kernelSize, strides, padding }).apply(x),
        )
      }
      row(`conv1d ${padding}, stride ${strides}`, [11, 3], (x) =>
        layers.conv1d({ filters: 4, kernelSize: 4, strides, padding }).apply(x),
      )
    }
    row(`conv2d ${padding}, dilation 2x3`, [11, 12, 2], (x) =>
      layers.conv2d({ filters: 3, kernelSize: 3, padding, dilationRate: [2, 3] }).apply(x),
    )
    row(`separableConv2d ${padding}, kernel wider than the image's rest`, [5, 5, 2], (x) =>
      layers.separableConv2d({ filters: 3, kernelSize: [5, 4], padding, useBias: false }).apply(x),
    )
  }
  row(
    'conv2d without bias',
    [4, 4, 2],
    one(layers.conv2d({ filters: 3, kernelSize: 2, useBias: false })),
  )
})

describe('pooling', () => {
  for (const padding of ['same', 'valid'] as const) {
    for (const [poolSize, strides] of [
      [2, 2],
      [3, 1],
      [3, 2],
      [2, 3],
    ] as const) {
      const given = { poolSize, strides, padding }
      const title = `${padding}, ${poolSize} by ${strides}`
      row(`maxPooling2d ${title}`, [7, 8, 3], one(layers.maxPooling2d(given)))
      row(`averagePooling2d ${title}`, [7, 8, 3], one(layers.averagePooling2d(given)))
      row(`maxPooling1d ${title}`, [9, 3], one(layers.maxPooling1d(given)))
      row(`averagePooling1d ${title}`, [9, 3], one(layers.averagePooling1d(given)))
    }
  }
  row('globalAveragePooling2d', [5, 3, 4], one(layers.globalAveragePooling2d({})))
  row('globalMaxPooling2d', [5, 3, 4], one(layers.globalMaxPooling2d({})))
  row('globalAveragePooling1d', [5, 4], one(layers.globalAveragePooling1d({})))
  row('globalMaxPooling1d', [5, 4], one(layers.globalMaxPooling1d({})))
})

describe('normalisation', () => {
  const norm = () => layers.batchNormalization({ epsilon: 0.01 })
  const conv = (filters = 4, padding: 'same' | 'valid' = 'same') =>
    layers.conv2d({ filters, kernelSize: 3, padding })
  row('of an image', [5, 6, 3], one(norm()))
  row('of a vector', [9], one(norm()))
  row('of a sequence', [5, 3], one(norm()))
  row(
    'without scale and centre',
    [5, 6, 3],
    one(layers.batchNormalization({ scale: false, center: false })),
  )
  row('after a convolution', [5, 6, 3], chain(conv(), norm()))
  row('twice after a convolution', [5, 6, 3], chain(conv(), norm(), norm()))
  row('before a convolution that pads', [5, 6, 3], chain(norm(), conv()))
  row('before one that does not', [5, 6, 3], chain(norm(), conv(4, 'valid')))
  row('on both sides of one', [5, 6, 3], chain(norm(), conv(4, 'valid'), norm()))
  row(
    'after one with an activation',
    [5, 6, 3],
    chain(layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu' }), norm()),
  )
  row(
    'after a depthwise one',
    [5, 6, 3],
    chain(layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }), norm()),
  )
  row('before a depthwise one', [5, 6, 3], chain(norm(), layers.depthwiseConv2d({ kernelSize: 3 })))
  row(
    'after a separable one',
    [5, 6, 3],
    chain(layers.separableConv2d({ filters: 4, kernelSize: 3 }), norm()),
  )
  row(
    'after a transposed one',
    [5, 6, 3],
    chain(
      layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' }),
      norm(),
    ),
  )
  row(
    'after a maximum with factors of both signs',
    [6, 6, 3],
    chain(conv(), layers.maxPooling2d({ poolSize: 2 }), norm()),
  )
  row('after dense', [6], chain(layers.dense({ units: 5 }), norm()))
  row('before dense', [6], chain(norm(), layers.dense({ units: 5 })))
  row(
    'of a flattened image',
    [3, 4, 5],
    chain(conv(), layers.flatten(), norm(), layers.dense({ units: 4 })),
  )
  row('of a flattened image that leaves', [3, 4, 5], chain(conv(), layers.flatten(), norm()))
  row('of a convolution that others need too', [5, 6, 3], (x) => {
    const y = conv().apply(x) as SymbolicTensor
    return layers.add().apply([y, norm().apply(y) as SymbolicTensor])
  })
  row('of a convolution that leaves too', [5, 6, 3], (x) => {
    const y = conv().apply(x) as SymbolicTensor
    return [y, norm().apply(y) as SymbolicTensor]
  })
  row('that two need', [5, 6, 3], (x) => {
    const y = norm().apply(x) as SymbolicTensor
    return layers
      .add()
      .apply([conv(4, 'valid').apply(y), conv(4, 'valid').apply(y)] as SymbolicTensor[])
  })
  row('layerNormalization', [7, 4], one(layers.layerNormalization({ epsilon: 0.01 })))
  row('layerNormalization of a vector', [7], one(layers.layerNormalization({ scale: false })))
  row(
    'layerNormalization over all axes',
    [3, 5, 4],
    one(layers.layerNormalization({ axis: [1, 2, 3] })),
  )
  row(
    'layerNormalization after a convolution',
    [5, 6, 3],
    chain(conv(), layers.layerNormalization()),
  )
  row('rescaling', [4, 5, 3], one(layers.rescaling({ scale: 1 / 127.5, offset: -1 })))
  row(
    'rescaling before a convolution',
    [4, 5, 3],
    chain(layers.rescaling({ scale: 2, offset: 1 }), conv(4, 'valid')),
  )
})

describe('activations', () => {
  const names = [
    ...['linear', 'relu', 'relu6', 'elu', 'selu', 'sigmoid', 'hardSigmoid', 'tanh', 'softplus'],
    ...['softsign', 'softmax', 'logSoftmax', 'swish', 'gelu', 'mish'],
  ] as const
  for (const name of names) {
    const activation = name as 'relu'
    row(`${name} of a vector`, [9], one(layers.activation({ activation })))
    row(
      `${name} of an image`,
      [3, 4, 5],
      chain(layers.conv2d({ filters: 4, kernelSize: 2, activation })),
    )
    row(
      `${name} of a flattened image`,
      [3, 4, 5],
      chain(
        layers.conv2d({ filters: 4, kernelSize: 2 }),
        layers.flatten(),
        layers.activation({ activation }),
      ),
    )
  }
  row('reLU', [4, 4, 3], one(layers.reLU()))
  row('reLU up to a maximum', [4, 4, 3], one(layers.reLU({ maxValue: 0.5 })))
  row('leakyReLU', [4, 4, 3], one(layers.leakyReLU()))
  row('leakyReLU of another slope', [4, 4, 3], one(layers.leakyReLU({ alpha: 0.05 })))
  row('elu', [4, 4, 3], one(layers.elu()))
  row('thresholdedReLU', [4, 4, 3], one(layers.thresholdedReLU({ theta: 0.4 })))
  row('softmax layer', [5], one(layers.softmax()))
  row('softmax layer of an image', [4, 4, 3], one(layers.softmax({ axis: -1 })))
  row('prelu of a vector', [5], one(layers.prelu()))
  row('prelu of an image', [4, 5, 3], one(layers.prelu()))
  row('prelu of channels', [4, 5, 3], one(layers.prelu({ sharedAxes: [1, 2] })))
})

describe('dense layers and shapes', () => {
  const conv = () => layers.conv2d({ filters: 4, kernelSize: 2 })
  row('dense', [7], one(layers.dense({ units: 4, activation: 'tanh' })))
  row('dense without bias', [7], one(layers.dense({ units: 4, useBias: false })))
  row(
    'dense at each place of an image',
    [3, 4, 5],
    one(layers.dense({ units: 4, activation: 'softmax' })),
  )
  row('dense at each place of a sequence', [3, 5], one(layers.dense({ units: 4 })))
  row('flatten of the input', [3, 4, 5], one(layers.flatten()))
  row('flatten of a convolution', [3, 4, 5], chain(conv(), layers.flatten()))
  row(
    'flatten of a sequence',
    [7, 3],
    chain(layers.conv1d({ filters: 4, kernelSize: 2 }), layers.flatten()),
  )
  row(
    'flatten of one place',
    [2, 2, 5],
    chain(conv(), layers.flatten(), layers.dense({ units: 3 })),
  )
  row(
    'flatten of one channel',
    [4, 4, 2],
    chain(
      layers.conv2d({ filters: 1, kernelSize: 2 }),
      layers.flatten(),
      layers.dense({ units: 3 }),
    ),
  )
  row(
    'dense on a flattened convolution',
    [5, 4, 3],
    chain(
      conv(),
      layers.activation({ activation: 'relu' }),
      layers.flatten(),
      layers.dropout({ rate: 0.4 }),
      layers.dense({ units: 6 }),
    ),
  )
  row('one dense layer on vectors in two orders', [4, 3, 4], (x) => {
    const dense = layers.dense({ units: 3 })
    const padded = layers.conv2d({ filters: 4, kernelSize: 1 }).apply(x)
    return [
      dense.apply(layers.flatten().apply(padded)) as SymbolicTensor,
      dense.apply(layers.flatten().apply(x)) as SymbolicTensor,
    ]
  })
  row('reshape', [4, 6], one(layers.reshape({ targetShape: [2, 3, 4] })))
  row('reshape with an open size', [4, 6], one(layers.reshape({ targetShape: [3, null] })))
  row('reshape of a convolution', [5, 4, 3], chain(conv(), layers.reshape({ targetShape: [6, 8] })))
  row(
    'reshape of a flattened convolution',
    [5, 4, 3],
    chain(conv(), layers.flatten(), layers.reshape({ targetShape: [4, 4, 3] }), conv()),
  )
  row('permute', [3, 4, 5], one(layers.permute({ dims: [3, 1, 2] })))
  row(
    'permute of a convolution',
    [5, 4, 3],
    chain(conv(), layers.permute({ dims: [2, 1, 3] }), conv()),
  )
  row('repeatVector', [5], one(layers.repeatVector({ n: 3 })))
  row(
    'zeroPadding2d',
    [3, 4, 2],
    one(
      layers.zeroPadding2d({
        padding: [
          [1, 2],
          [3, 0],
        ],
      }),
    ),
  )
  row(
    'zeroPadding2d before a convolution',
    [3, 4, 2],
    chain(
      layers.zeroPadding2d({ padding: [1, 2] }),
      layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', strides: 2 }),
    ),
  )
  row(
    'zeroPadding2d before a maximum',
    [3, 4, 2],
    chain(layers.zeroPadding2d(), layers.maxPooling2d({ poolSize: 2, padding: 'same' })),
  )
  row(
    'zeroPadding2d, then normalisation, then a convolution',
    [3, 4, 2],
    chain(layers.zeroPadding2d(), layers.batchNormalization(), conv()),
  )
  row(
    'normalisation, then zeroPadding2d, then a convolution',
    [3, 4, 2],
    chain(layers.batchNormalization(), layers.zeroPadding2d(), conv()),
  )
  row(
    'cropping2D',
    [6, 7, 2],
    one(
      layers.cropping2D({
        cropping: [
          [1, 2],
          [3, 0],
        ],
      }),
    ),
  )
  row('upSampling2d', [3, 4, 2], one(layers.upSampling2d({ size: [2, 3] })))
  row(
    'upSampling2d, bilinear',
    [3, 4, 2],
    one(layers.upSampling2d({ size: [2, 3], interpolation: 'bilinear' })),
  )
  row(
    'what only training does',
    [4, 4, 2],
    chain(
      layers.gaussianNoise({ stddev: 1 }),
      layers.gaussianDropout({ rate: 0.5 }),
      layers.alphaDropout({ rate: 0.5 }),
      layers.dropout({ rate: 0.5 }),
    ),
  )
  row('spatialDropout1d', [4, 3], one(layers.spatialDropout1d({ rate: 0.5 })))
})

describe('merging', () => {
  const conv = (filters = 3) => layers.conv2d({ filters, kernelSize: 1 })
  const merges = {
    add: layers.add,
    multiply: layers.multiply,
    average: layers.average,
    maximum: layers.maximum,
    minimum: layers.minimum,
  } as const
  for (const [name, create] of Object.entries(merges)) {
    const merge = (list: readonly unknown[]) =>
      (create() as { apply(x: SymbolicTensor[]): unknown }).apply(list as SymbolicTensor[])
    row(`${name} of three images`, [4, 5, 3], (x) => merge([conv().apply(x), x, conv().apply(x)]))
    row(`${name} of vectors`, [5], (x) => merge([x, layers.dense({ units: 5 }).apply(x)]))
    row(`${name} of an image and its mean`, [4, 5, 3], (x) => {
      const y = conv().apply(x) as SymbolicTensor
      return merge([y, layers.globalAveragePooling2d({}).apply(y)])
    })
    row(`${name} of one channel and all`, [4, 5, 3], (x) =>
      merge([conv(1).apply(x), conv().apply(x)]),
    )
    row(`${name} of flattened images`, [4, 5, 3], (x) => {
      const flat = () => layers.flatten().apply(conv().apply(x))
      return layers.dense({ units: 2 }).apply(merge([flat(), flat()]) as SymbolicTensor)
    })
    row(`${name} of vectors in two orders`, [4, 5, 3], (x) =>
      merge([layers.flatten().apply(conv().apply(x)), layers.flatten().apply(x)]),
    )
  }
  for (const axis of [-1, 1, 2, 3]) {
    row(`concatenate images along ${axis}`, [4, 5, 3], (x) =>
      layers.concatenate({ axis }).apply([x, conv().apply(x)] as SymbolicTensor[]),
    )
  }
  row('concatenate vectors', [4, 5, 3], (x) => {
    const y = conv(6).apply(x) as SymbolicTensor
    const flat = layers.flatten().apply(y)
    const mean = layers.globalAveragePooling2d({}).apply(y)
    return layers.concatenate().apply([flat, mean] as SymbolicTensor[])
  })
  row('concatenate sequences', [4, 3], (x) =>
    layers
      .concatenate({ axis: 1 })
      .apply([x, layers.conv1d({ filters: 3, kernelSize: 2 }).apply(x)] as SymbolicTensor[]),
  )
})

test('normalisation along another axis than the channels', async () => {
  // tfjs's plain kernels mix the axes up: what is wanted is the axis turned to the end and back.
  const given = modelOf([5, 6, 3], one(layers.batchNormalization({ axis: 1 })))
  const turned = chain(
    layers.permute({ dims: [2, 3, 1] }),
    layers.batchNormalization(),
    layers.permute({ dims: [3, 1, 2] }),
  )
  const wanted = modelOf([5, 6, 3], turned)
  randomizeWeights(given, 3)
  randomizeWeights(wanted, 3)
  const data = samples([5, 6, 3], 2)
  const [output] = await runCompiled(await compileLayers(await saveModel(given)), data)
  const right = wanted.apply(tf.tensor4d(data, [2, 5, 6, 3])) as Tensor
  assertNear(output?.data as Float32Array, right.dataSync() as Float32Array, 1e-5, 'values')
})

test('a separable convolution with several kernels a channel', async () => {
  const model = modelOf([7, 8, 3], (x) =>
    layers.separableConv2d({ filters: 4, kernelSize: 3, depthMultiplier: 2 }).apply(x),
  )
  randomizeWeights(model, 3)
  const folder = await saveModel(model)
  // tfjs does not write the setting, and reads it where Keras has written it.
  const file = join(folder, 'model.json')
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replace('"kernel_size":', '"depth_multiplier":2,"kernel_size":'))
  await assertSameOutputs(folder)
})

test('the batch-norm of a convolution leaves neither Mul nor Add behind', async () => {
  const model = modelOf([6, 6, 3], (x) =>
    chain(
      layers.conv2d({ filters: 4, kernelSize: 3 }),
      layers.batchNormalization({ name: 'norm' }),
      layers.reLU(),
      layers.globalAveragePooling2d({}),
      layers.dense({ units: 3 }),
      layers.batchNormalization({ name: 'last' }),
    )(x),
  )
  const folder = await saveModel(model)
  const { bytes } = await assertSameOutputs(folder)
  // op_type is field 4 of a node: its tag, its length, its text.
  const has = (op: string) =>
    Buffer.from(bytes).includes(`\x22${String.fromCharCode(op.length)}${op}`)
  for (const op of ['Mul', 'Add', 'BatchNormalization', 'Affine']) assert.ok(!has(op), op)
  for (const op of ['Conv', 'Relu', 'Gemm']) assert.ok(has(op), op)
})
