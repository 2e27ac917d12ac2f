// What the compiler does not know is named, with the engine that does; what is damaged is told apart.
import assert from 'node:assert/strict'
import { readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { ModelError, type DdnnError } from '../../../src/errors.ts'
import type { LayersModel, SymbolicTensor } from '../../../src/model/networks/network.ts'
import { exportModels } from '../../../src/model/onnx/export-models.ts'
import { compileLayers } from '../../../src/model/onnx/compile-layers.ts'
import { unknownLayers } from '../../../src/model/onnx/unknown-layers.ts'
import { readModelJson } from '../../../src/model/weights.ts'
import { tempFolder } from '../../helpers/cli.ts'
import { saveModel, tf } from './compare.ts'

const { layers } = tf

function modelOf(shape: number[], layer: { apply(x: SymbolicTensor): unknown }): LayersModel {
  const inputs = tf.input({ shape })
  return tf.model({ inputs, outputs: layer.apply(inputs) as SymbolicTensor })
}

const unknown: readonly [string, () => LayersModel, RegExp][] = [
  [
    'lstm',
    () => modelOf([4, 3], layers.lstm({ units: 2, recurrentInitializer: 'zeros', name: 'memory' })),
    /without LSTM \('memory'\)/,
  ],
  [
    'conv3d',
    () => modelOf([4, 4, 4, 1], layers.conv3d({ filters: 2, kernelSize: 2, name: 'solid' })),
    /without Conv3D \('solid'\)/,
  ],
  [
    'channels first',
    () => modelOf([3, 5, 5], layers.maxPooling2d({ dataFormat: 'channelsFirst', name: 'pool' })),
    /without MaxPooling2D with channels first \('pool'\)/,
  ],
]

for (const [title, create, message] of unknown) {
  test(`${title} is named, with the engine that knows it`, async () => {
    const folder = await saveModel(create())
    await assert.rejects(compileLayers(folder), (error: DdnnError) => {
      assert.equal(error.code, 'DDNN_ENGINE_UNAVAILABLE')
      assert.match(error.message, message)
      assert.ok(error.message.includes(`'${folder}'`))
      assert.equal(error.hint, 'Pass --engine tensorflow')
      return true
    })
    // Known without the weights.
    await rm(join(folder, 'weights.bin'))
    assert.equal(unknownLayers(await readModelJson(folder), folder).length, 1)
  })
}

test('layer normalisation over other axes than the last ones is refused by its shapes', async () => {
  const folder = await saveModel(modelOf([4, 5, 3], layers.layerNormalization({ axis: 1 })))
  assert.deepEqual(unknownLayers(await readModelJson(folder), folder), [])
  await assert.rejects(compileLayers(folder), { code: 'DDNN_ENGINE_UNAVAILABLE' })
})

test('a model that the compiler knows has no unknown layers', async () => {
  const folder = await saveModel(modelOf([4], layers.dense({ units: 3 })))
  assert.deepEqual(unknownLayers(await readModelJson(folder), folder), [])
})

async function dense(): Promise<string> {
  return saveModel(modelOf([4], layers.dense({ units: 3, name: 'dense' })))
}

async function rewrite(folder: string, from: string | RegExp, to: string): Promise<void> {
  const file = join(folder, 'model.json')
  const text = await readFile(file, 'utf8')
  assert.notEqual(text.replace(from, to), text)
  await writeFile(file, text.replace(from, to))
}

const damages: readonly [string, (folder: string) => Promise<void>][] = [
  ['weights cut short', (folder) => truncate(join(folder, 'weights.bin'), 10)],
  ['weights that are missing', (folder) => rm(join(folder, 'weights.bin'))],
  ['a weight that is missing', (folder) => rewrite(folder, '"dense/bias"', '"other/bias"')],
  ['a weight of another shape', (folder) => rewrite(folder, '"shape":[4,3]', '"shape":[3,4]')],
  [
    'a layer that is not there',
    (folder) => rewrite(folder, /"input_layers":\[\["[^"]*"/, '"input_layers":[["none"'),
  ],
  ['a setting of another type', (folder) => rewrite(folder, '"units":3', '"units":"three"')],
  ['layers that are none', (folder) => rewrite(folder, /"layers":\[/, '"layers":[1,')],
  [
    'a model of another class',
    (folder) => rewrite(folder, '"class_name":"Model"', '"class_name":"Dense"'),
  ],
  ['an output that feeds itself', (folder) => rewrite(folder, /\[\[\["input[^"]*"/, '[[["dense"')],
]

for (const [title, damage] of damages) {
  test(`${title}: the model is damaged`, async () => {
    const folder = await dense()
    await damage(folder)
    await assert.rejects(compileLayers(folder), (error: DdnnError) => {
      assert.equal(error.code, 'DDNN_MODEL_DAMAGED', error.stack)
      assert.ok(error.message.startsWith('Expected '), error.message)
      return true
    })
  })
}

test('a folder without a model is told apart from a damaged one', async () => {
  const folder = await dense()
  await rm(join(folder, 'model.json'))
  await assert.rejects(compileLayers(folder), { code: 'DDNN_MODEL_MISSING' })
})

/** Every place of a JSON tree where something stands that is no list or object, as keys from the root. */
function leavesOf(json: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof json !== 'object' || json === null) return [path]
  return Object.entries(json).flatMap(([key, value]) => leavesOf(value, [...path, key]))
}

function put(json: unknown, path: readonly string[], value: unknown): void {
  const parent = path.slice(0, -1).reduce((at, key) => (at as Record<string, unknown>)[key], json)
  ;(parent as Record<string, unknown>)[path.at(-1) ?? ''] = value
}

test('whatever stands in a topology, it compiles or is refused in our own words', async () => {
  const x = tf.input({ shape: [6, 5, 3] })
  const apply = (y: unknown, layer: { apply(x: SymbolicTensor): unknown }) =>
    layer.apply(y as SymbolicTensor)
  const image = [
    layers.zeroPadding2d(),
    layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu' }),
    layers.batchNormalization(),
    layers.depthwiseConv2d({ kernelSize: 2, padding: 'same' }),
    layers.maxPooling2d({ poolSize: 2, strides: 1 }),
    layers.upSampling2d({ size: [2, 2] }),
    layers.cropping2D({ cropping: 1 }),
    layers.conv2dTranspose({ filters: 2, kernelSize: 2, strides: 2 }),
    layers.layerNormalization(),
    layers.prelu(),
    layers.permute({ dims: [2, 1, 3] }),
  ].reduce<unknown>(apply, x)
  const vector = [
    layers.flatten(),
    layers.softmax(),
    layers.dense({ units: 6 }),
    layers.reshape({ targetShape: [2, 3] }),
    layers.conv1d({ filters: 3, kernelSize: 1 }),
    layers.globalAveragePooling1d({}),
    layers.repeatVector({ n: 2 }),
  ].reduce<unknown>(apply, image)
  const joined = layers.concatenate({ axis: 1 }).apply([vector, vector] as SymbolicTensor[])
  const model = tf.model({ inputs: x, outputs: joined as SymbolicTensor })
  const folder = await saveModel(model)
  await compileLayers(folder)
  const file = join(folder, 'model.json')
  const text = await readFile(file, 'utf8')
  const leaves = leavesOf((JSON.parse(text) as { modelTopology: unknown }).modelTopology)
  const values = [null, -1, 0, 1.5, 1e9, 'x', 'same', true, [], [[]], {}, [1, 2, 3, 4], [-1]]
  await fc.assert(
    fc.asyncProperty(fc.nat(leaves.length - 1), fc.constantFrom(...values), async (at, value) => {
      const json = JSON.parse(text) as { modelTopology: unknown }
      put(json.modelTopology, leaves[at] ?? [], value)
      await writeFile(file, JSON.stringify(json))
      await compileLayers(folder).catch((error: unknown) => {
        const where = `${leaves[at]?.join('.')} = ${JSON.stringify(value)}`
        assert.ok(error instanceof ModelError, `${where}: ${(error as Error).stack}`)
      })
    }),
    { numRuns: 1500, seed: 12 },
  )
})

for (const layout of ['nhwc', 'nchw'] as const) {
  const exportOf = async (shape: readonly number[], said: object) => {
    const build = { apply: (x: SymbolicTensor) => layers.flatten().apply(x) }
    const folder = await saveModel(modelOf([...shape], build))
    await writeFile(join(folder, 'ddnn.json'), JSON.stringify({ format: 1, ...said }))
    const producer = { name: 'test', version: '1' }
    return exportModels([folder], { output: tempFolder(), layout, isForced: false, producer })
  }

  test(`a folder whose manifest says another input is not exported as ${layout}`, async () => {
    for (const [shape, input] of [
      [
        [32, 32, 3],
        [64, 64, 3],
      ],
      [
        [32, 24, 3],
        [24, 32, 3],
      ],
      [
        [28, 28, 1],
        [32, 32, 3],
      ],
      [
        [5, 4],
        [4, 5],
      ],
    ] as const) {
      await assert.rejects(exportOf(shape, { input }), (error: DdnnError) => {
        assert.equal(error.code, 'DDNN_MODEL_DAMAGED')
        assert.match(error.message, /an input of .*, got .* from the model/)
        return true
      })
    }
  })

  test(`what tiers take is exported as ${layout}: gray, turned, open, or without a word`, async () => {
    for (const [shape, said] of [
      [[28, 28, 1], { input: [28, 28, 3] }],
      [[28, 28, 1], { input: [28, 28, 1] }],
      [[3, 32, 24], { input: [32, 24, 3] }],
      [[3, 32, 24], { input: [3, 32, 24], layout: 'nchw' }],
      [[28, 28, 1], { layout: 'nhwc', input: [28, 28, 1] }],
      [[32, 32, 3], {}],
    ] as const) {
      assert.equal((await exportOf(shape, said)).length, 1, JSON.stringify([shape, said]))
    }
  })
}
