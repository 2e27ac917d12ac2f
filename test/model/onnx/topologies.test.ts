// How layers hang together: models in models, layers called twice, Sequential and Functional, the forms
// of Keras 2 and 3, stored weights of every kind; and random networks of all of it.
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import type { LayersModel, SymbolicTensor } from '../../../src/model/networks/network.ts'
import { compileLayers } from '../../../src/model/onnx/compile-layers.ts'
import { modelFiles } from '../../../src/model/weights.ts'
import { tempFolder } from '../../helpers/cli.ts'
import {
  assertNear,
  assertSameOutputs,
  randomizeWeights,
  runCompiled,
  samples,
  saveModel,
  tf,
} from './compare.ts'

const { layers } = tf

async function check(model: LayersModel, tolerance?: number): Promise<void> {
  randomizeWeights(model, 23)
  await assertSameOutputs(await saveModel(model), tolerance === undefined ? {} : { tolerance })
}

function small(name: string): LayersModel {
  return tf.sequential({
    name,
    layers: [
      layers.conv2d({
        filters: 3,
        kernelSize: 3,
        padding: 'same',
        inputShape: [6, 5, 3],
        name: `${name}_a`,
      }),
      layers.batchNormalization({ name: `${name}_b` }),
    ],
  })
}

test('a Sequential model', async () => {
  const model = tf.sequential()
  model.add(layers.conv2d({ filters: 3, kernelSize: 3, inputShape: [6, 5, 3] }))
  model.add(layers.maxPooling2d({ poolSize: 2 }))
  model.add(layers.flatten())
  model.add(layers.dense({ units: 4 }))
  await check(model)
})

test('a Sequential model that begins with its input, and one that begins with a model', async () => {
  await check(
    tf.sequential({
      layers: [layers.inputLayer({ inputShape: [7] }), layers.dense({ units: 4 })],
    }),
  )
  const inner = tf.sequential({ layers: [layers.dense({ units: 4, inputShape: [3] })] })
  await check(tf.sequential({ layers: [inner, layers.dense({ units: 2 })] }))
})

test('models within a model, one of them called twice', async () => {
  const inner = small('inner')
  const x = tf.input({ shape: [6, 5, 3] })
  const once = inner.apply(x) as SymbolicTensor
  const twice = inner.apply(layers.reLU().apply(once)) as SymbolicTensor
  const other = small('other').apply(twice) as SymbolicTensor
  await check(
    tf.model({ inputs: x, outputs: [once, layers.add().apply([twice, other]) as SymbolicTensor] }),
  )
})

test('a model within a model with two outputs', async () => {
  const a = tf.input({ shape: [5] })
  const left = layers.dense({ units: 3 }).apply(a) as SymbolicTensor
  const right = layers.dense({ units: 2 }).apply(a) as SymbolicTensor
  const inner = tf.model({ inputs: a, outputs: [left, right], name: 'fork' })
  const x = tf.input({ shape: [5] })
  const [y, z] = inner.apply(x) as SymbolicTensor[]
  await check(tf.model({ inputs: x, outputs: [z as SymbolicTensor, y as SymbolicTensor] }))
})

test('a layer called twice, the second time on its own output', async () => {
  const x = tf.input({ shape: [6, 5, 3] })
  const conv = layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same' })
  const once = conv.apply(x) as SymbolicTensor
  const norm = layers.batchNormalization()
  const twice = conv.apply(norm.apply(once)) as SymbolicTensor
  await check(tf.model({ inputs: x, outputs: [twice, once] }))
})

test('an output that is the input, and one that leaves twice', async () => {
  const x = tf.input({ shape: [4, 3] })
  const y = layers.permute({ dims: [2, 1] }).apply(x) as SymbolicTensor
  const folder = await saveModel(tf.model({ inputs: x, outputs: [x, y, y] }))
  const compiled = await compileLayers(folder)
  assert.equal(new Set([compiled.inputName, ...compiled.outputNames]).size, 4)
  const data = samples([4, 3], 2)
  const turned = tf.transpose(tf.tensor3d(data, [2, 4, 3]), [0, 2, 1]).dataSync()
  const given = await runCompiled(compiled, data)
  assert.deepEqual(
    given.map((output) => output.data),
    [data, turned, turned],
  )
})

test('outputs keep the order of the model and the names of their layers', async () => {
  const x = tf.input({ shape: [6, 5, 3], name: 'image' })
  const b = layers.conv2d({ filters: 2, kernelSize: 2, name: 'zulu' }).apply(x) as SymbolicTensor
  const a = layers.globalMaxPooling2d({ name: 'alpha' }).apply(b) as SymbolicTensor
  const folder = await saveModel(tf.model({ inputs: x, outputs: [b, a] }))
  const compiled = await assertSameOutputs(folder)
  assert.equal(compiled.inputName, 'image')
  assert.deepEqual(compiled.outputNames, ['zulu', 'alpha'])
})

test('channels first on demand: the same values, without a Transpose', async () => {
  const x = tf.input({ shape: [6, 5, 3] })
  const y = layers.conv2d({ filters: 4, kernelSize: 2 }).apply(x) as SymbolicTensor
  const z = layers.dense({ units: 3 }).apply(layers.flatten().apply(y))
  const model = tf.model({ inputs: x, outputs: [y, z as SymbolicTensor] })
  const folder = await saveModel(model)
  const compiled = await compileLayers(folder, { layout: 'nchw' })
  assert.deepEqual(compiled.input.shape, [3, 6, 5])
  assert.deepEqual(compiled.outputs[0]?.shape, [4, 5, 4])
  assert.ok(!Buffer.from(compiled.bytes).includes('Transpose'))
  const data = samples([6, 5, 3], 2)
  const batch = tf.tensor4d(data, [2, 6, 5, 3])
  const turned = tf.transpose(batch, [0, 3, 1, 2]).dataSync() as Float32Array
  const given = await runCompiled(compiled, turned)
  const [features, logits] = model.apply(batch) as [typeof batch, typeof batch]
  const wanted = tf.transpose(features, [0, 3, 1, 2]).dataSync() as Float32Array
  assertNear(given[0]?.data as Float32Array, wanted, 1e-5, 'features')
  assertNear(given[1]?.data as Float32Array, logits.dataSync() as Float32Array, 1e-5, 'logits')
})

interface Json {
  modelTopology: { config: { layers: LayerJson[]; input_layers: unknown; output_layers: unknown } }
  weightsManifest: {
    paths: string[]
    weights: { name: string; shape: number[]; quantization?: object }[]
  }[]
}
interface LayerJson {
  name: string
  class_name: string
  config: Record<string, unknown>
  inbound_nodes: [string, number, number][][] | object[]
}

async function edit(folder: string, change: (json: Json) => void): Promise<void> {
  const file = join(folder, 'model.json')
  const json = JSON.parse(await readFile(file, 'utf8')) as Json
  change(json)
  await writeFile(file, JSON.stringify(json))
}

async function residual(): Promise<string> {
  const x = tf.input({ shape: [6, 5, 3], name: 'image' })
  const y = layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', name: 'conv' }).apply(x)
  const z = layers.add({ name: 'sum' }).apply([x, y] as SymbolicTensor[]) as SymbolicTensor
  const model = tf.model({ inputs: x, outputs: z })
  randomizeWeights(model, 5)
  return saveModel(model)
}

test('the form of Keras 3 is the same network', async () => {
  const folder = await residual()
  const wanted = await compileLayers(folder)
  await edit(folder, ({ modelTopology: { config } }) => {
    config.input_layers = ['image', 0, 0]
    config.output_layers = ['sum', 0, 0]
    for (const layer of config.layers) {
      const [inputs] = layer.inbound_nodes as [string, number, number][][]
      if (inputs === undefined) {
        layer.config = { batch_shape: [null, 6, 5, 3], dtype: 'float32', name: 'image' }
        continue
      }
      const tensors = inputs.map(([name, call, output]) => ({
        class_name: '__keras_tensor__',
        config: { shape: [null, 6, 5, 3], keras_history: [name, call, output] },
      }))
      const args = layer.name === 'sum' ? [tensors] : tensors
      layer.inbound_nodes = [{ args, kwargs: {} }]
    }
  })
  const given = await compileLayers(folder)
  assert.deepEqual(Buffer.from(given.bytes), Buffer.from(wanted.bytes))
})

test('open sizes of the input are filled in, and missing ones are asked for', async () => {
  const folder = await residual()
  const wanted = await compileLayers(folder)
  await edit(folder, ({ modelTopology: { config } }) => {
    const [input] = config.layers
    if (input !== undefined) input.config['batch_input_shape'] = [null, null, null, 3]
  })
  const given = await compileLayers(folder, { fill: () => [6, 5, 3] })
  assert.deepEqual(Buffer.from(given.bytes), Buffer.from(wanted.bytes))
  await assert.rejects(compileLayers(folder), { code: 'DDNN_MODEL_DAMAGED' })
})

test('float16 and integer weights are widened as tfjs widens them, over several shards', async () => {
  const folder = await residual()
  const model = await tf.loadLayersModel(modelFiles(folder))
  const half = join(tempFolder(), 'half')
  await model.save(modelFiles(half, { weights: 'float16' }))
  await assertSameOutputs(half)
  for (const [dtype, bytes] of [
    ['uint8', 1],
    ['uint16', 2],
  ] as const) {
    const count = 3 * 3 * 3 * 3 + 3
    const data = Buffer.alloc(count * bytes)
    for (let i = 0; i < count; i++) data.writeUIntLE((i * 37) % 251, i * bytes, bytes)
    await edit(folder, ({ weightsManifest: [group] }) => {
      if (group === undefined) return
      group.paths = ['a.bin', 'b.bin']
      for (const weight of group.weights) weight.quantization = { dtype, scale: 0.01, min: -1.1 }
    })
    await writeFile(join(folder, 'a.bin'), data.subarray(0, 7))
    await writeFile(join(folder, 'b.bin'), data.subarray(7))
    await assertSameOutputs(folder)
  }
})

/** One step of a random network: what it does is chosen by `kind`, its numbers by the rest. */
interface Step {
  readonly kind: number
  readonly size: number
  readonly stride: number
  readonly isSame: boolean
  /** Which of the values so far it takes. */
  readonly from: number
}

function isImage(x: SymbolicTensor): boolean {
  return x.shape.length === 4
}

function grow(x: SymbolicTensor, values: readonly SymbolicTensor[], step: Step): SymbolicTensor {
  const { kind, size, stride, isSame } = step
  const padding = isSame ? 'same' : 'valid'
  const [, height = 1, width = 1] = x.shape as number[]
  const fits = isSame || (height >= size && width >= size)
  const partner = values.find((y) => y !== x && String(y.shape) === String(x.shape))
  const merge = (layer: { apply(list: SymbolicTensor[]): unknown }) =>
    (partner === undefined ? x : layer.apply([x, partner])) as SymbolicTensor
  const images: readonly (() => unknown)[] = [
    () => layers.conv2d({ filters: size + 1, kernelSize: size, strides: stride, padding }).apply(x),
    () => layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', useBias: false }).apply(x),
    () => layers.depthwiseConv2d({ kernelSize: size, strides: stride, padding }).apply(x),
    () => layers.maxPooling2d({ poolSize: size, strides: stride, padding }).apply(x),
    () => layers.averagePooling2d({ poolSize: size, strides: stride, padding }).apply(x),
    () => layers.zeroPadding2d({ padding: [stride, size] }).apply(x),
    () => layers.globalAveragePooling2d({}).apply(x),
    () => layers.flatten().apply(x),
    () => layers.concatenate({ axis: -1 }).apply([x, partner ?? x]),
  ]
  const any: readonly (() => unknown)[] = [
    () => layers.batchNormalization().apply(x),
    () => layers.reLU().apply(x),
    () => layers.activation({ activation: 'tanh' }).apply(x),
    () => layers.dropout({ rate: 0.5 }).apply(x),
    () => layers.dense({ units: size + 1 }).apply(x),
    () => merge(layers.add()),
    () => merge(layers.maximum()),
  ]
  const all = isImage(x) && fits ? [...any, ...images] : any
  return all[kind % all.length]?.() as SymbolicTensor
}

test('random networks give what tfjs gives', async () => {
  const step = fc.record({
    kind: fc.nat(15),
    size: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 3 }),
    isSame: fc.boolean(),
    from: fc.nat(3),
  })
  const network = fc.record({
    height: fc.integer({ min: 3, max: 9 }),
    width: fc.integer({ min: 3, max: 9 }),
    channels: fc.integer({ min: 1, max: 4 }),
    steps: fc.array(step, { minLength: 2, maxLength: 12 }),
    outputs: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat(1000),
  })
  await fc.assert(
    fc.asyncProperty(network, async ({ height, width, channels, steps, outputs, seed }) => {
      const input = tf.input({ shape: [height, width, channels] })
      const values = [input]
      for (const next of steps) {
        // Mostly the last value, so that networks grow deep.
        const x = values[Math.max(values.length - 1 - next.from, 0)] as SymbolicTensor
        values.push(grow(x, values, next))
      }
      const last = values.slice(-outputs)
      const model = tf.model({
        inputs: input,
        outputs: last.length === 1 ? (last[0] as SymbolicTensor) : last,
      })
      randomizeWeights(model, seed)
      await assertSameOutputs(await saveModel(model), { tolerance: 3e-5 })
      model.dispose()
    }),
    { numRuns: 80, seed: 4 },
  )
})
