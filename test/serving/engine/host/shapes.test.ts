// Inputs and exits of other shapes than [height, width, 3] and [classes], on every engine: gray images,
// channels first, one sigmoid unit, axes of one place. What is expected is what tfjs gives of the same network
// when it is given the model's own form by hand.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { probabilitiesOf } from '../../../../src/domain/confidence.ts'
import { sizeOf } from '../../../../src/domain/tensor.ts'
import { checkChain } from '../../../../src/model/chain.ts'
import { readModelFolder } from '../../../../src/model/folder.ts'
import type { SymbolicTensor } from '../../../../src/model/networks/network.ts'
import type { Runtime } from '../../../../src/serving/engine/host/runtime.ts'
import { loadOnnxRuntime } from '../../../../src/serving/engine/onnx/onnx-runtime.ts'
import { loadTfjsNode } from '../../../../src/serving/engine/tfjs/tfjs-node.ts'
import { loadTfjsWasm } from '../../../../src/serving/engine/tfjs/tfjs-wasm.ts'
import { assertClose } from '../../../helpers/close.ts'
import { randomizeWeights, saveModel, tf } from '../../../model/onnx/compare.ts'

const { layers } = tf
const runtimes: Readonly<Record<string, Runtime>> = {
  onnx: loadOnnxRuntime(),
  tensorflow: loadTfjsNode(),
  wasm: await loadTfjsWasm(),
}

interface Network {
  /** null where it is open. */
  readonly shape: readonly (number | null)[]
  readonly build: (x: SymbolicTensor) => SymbolicTensor
  readonly manifest?: object
  /** Sets weights that are not to be random. */
  readonly change?: (model: ReturnType<typeof tf.model>) => void
  /** An image [10, 9, 3] of whole pixels as the network takes it, times the scale. */
  readonly toModel: (pixels: readonly number[]) => readonly number[]
  /** What an exit of the network means, as probabilities. */
  readonly toShares: (values: Float32Array) => readonly number[]
  readonly classes: number
}

const [height, width] = [10, 9]
const scale = 1 / 255
const softmax = (values: Float32Array) => [...probabilitiesOf(values, 'logits', 1)]
const sigmoid = (value: number) => 1 / (1 + Math.exp(-value))
const pair = (share: number) => [1 - share, share]

function asGray(pixels: readonly number[]): number[] {
  return Array.from({ length: height * width }, (_, i) => {
    const [r = 0, g = 0, b = 0] = pixels.slice(3 * i, 3 * i + 3)
    return ((r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16) * scale
  })
}

function channelsFirst(pixels: readonly number[]): number[] {
  return [0, 1, 2].flatMap((channel) =>
    pixels.filter((_, i) => i % 3 === channel).map((value) => value * scale),
  )
}

const scaled = (pixels: readonly number[]) => pixels.map((value) => value * scale)
const convolve = (x: SymbolicTensor) =>
  layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu' }).apply(x) as SymbolicTensor
const pool = (x: SymbolicTensor) => layers.globalAveragePooling2d({}).apply(x) as SymbolicTensor
const dense =
  (units: number, activation: 'linear' | 'sigmoid' = 'linear') =>
  (x: SymbolicTensor) =>
    layers.dense({ units, activation }).apply(pool(convolve(x))) as SymbolicTensor

const networks: Readonly<Record<string, Network>> = {
  'gray images': {
    shape: [height, width, 1],
    build: dense(3),
    toModel: asGray,
    toShares: softmax,
    classes: 3,
  },
  'channels first': {
    shape: [3, height, width],
    build: (x) => dense(3)(layers.permute({ dims: [2, 3, 1] }).apply(x) as SymbolicTensor),
    toModel: channelsFirst,
    toShares: softmax,
    classes: 3,
  },
  'gray images with their channel first': {
    shape: [1, height, width],
    build: (x) => dense(3)(layers.permute({ dims: [2, 3, 1] }).apply(x) as SymbolicTensor),
    toModel: asGray,
    toShares: softmax,
    classes: 3,
  },
  "a manifest that says the model's own shape and its layout": {
    shape: [3, height, width],
    build: (x) => dense(3)(layers.permute({ dims: [2, 3, 1] }).apply(x) as SymbolicTensor),
    manifest: { layout: 'nchw', input: [3, height, width] },
    toModel: channelsFirst,
    toShares: softmax,
    classes: 3,
  },
  'channels first, and a manifest that says the image': {
    shape: [3, height, width],
    build: (x) => dense(3)(layers.permute({ dims: [2, 3, 1] }).apply(x) as SymbolicTensor),
    manifest: { input: [height, width, 3] },
    toModel: channelsFirst,
    toShares: softmax,
    classes: 3,
  },
  'gray images, and a manifest that says those of colours': {
    shape: [height, width, 1],
    build: dense(3),
    manifest: { input: [height, width, 3] },
    toModel: asGray,
    toShares: softmax,
    classes: 3,
  },
  'sizes left open, and a manifest that says what images are resized to': {
    shape: [null, null, 3],
    build: dense(3),
    manifest: { preprocessing: { height, width } },
    toModel: scaled,
    toShares: softmax,
    classes: 3,
  },
  'a sigmoid unit of which the manifest says nothing': {
    shape: [height, width, 3],
    build: dense(1, 'sigmoid'),
    toModel: scaled,
    toShares: ([share = 0]) => pair(share),
    classes: 2,
  },
  'two sigmoid units, which are no shares of 1 though they are halves of a black image': {
    shape: [height, width, 3],
    build: (x) =>
      layers
        .dense({ units: 2, activation: 'sigmoid', useBias: false })
        .apply(layers.flatten().apply(x)) as SymbolicTensor,
    toModel: scaled,
    toShares: softmax,
    classes: 2,
  },
  'a unit of a logit of which the manifest says nothing': {
    shape: [height, width, 3],
    build: dense(1),
    manifest: { labels: ['no', 'yes'] },
    toModel: scaled,
    toShares: ([logit = 0]) => pair(sigmoid(logit)),
    classes: 2,
  },
  'a sigmoid unit that gives probabilities, as its manifest says': {
    shape: [height, width, 3],
    build: dense(1, 'sigmoid'),
    manifest: { labels: ['no', 'yes'], exits: [{ gives: 'probabilities' }] },
    toModel: scaled,
    toShares: ([share = 0]) => pair(share),
    classes: 2,
  },
  'a unit of a logit, as its manifest says': {
    shape: [height, width, 3],
    build: dense(1),
    manifest: { labels: ['no', 'yes'], exits: [{ gives: 'logits' }] },
    toModel: scaled,
    toShares: ([logit = 0]) => pair(sigmoid(logit)),
    classes: 2,
  },
  'a unit of a logit that never leaves [0, 1]': {
    shape: [height, width, 3],
    build: (x) =>
      layers
        .dense({ units: 1, useBias: false })
        .apply(layers.softmax({}).apply(dense(4)(x))) as SymbolicTensor,
    change: (model) => {
      model.layers.at(-1)?.setWeights([tf.tensor([0.1, 0.4, 0.6, 0.9], [4, 1])])
    },
    toModel: scaled,
    toShares: ([logit = 0]) => pair(sigmoid(logit)),
    classes: 2,
  },
  'a softmax of which the manifest says nothing': {
    shape: [height, width, 3],
    build: (x) =>
      layers
        .reshape({ targetShape: [1, 1, 5] })
        .apply(layers.softmax({}).apply(dense(5)(x))) as SymbolicTensor,
    manifest: { exits: [{ threshold: 0.9 }] },
    toModel: scaled,
    toShares: (values) => [...values],
    classes: 5,
  },
  'axes of one place around the classes': {
    shape: [height, width, 3],
    build: (x) => layers.reshape({ targetShape: [1, 1, 5] }).apply(dense(5)(x)) as SymbolicTensor,
    toModel: scaled,
    toShares: softmax,
    classes: 5,
  },
}

const pixels = Array.from({ length: height * width * 3 }, (_, i) => (i * 37 + 11 * (i % 7)) % 256)

for (const [what, network] of Object.entries(networks)) {
  test(`${what}: every engine answers as the network by itself`, async () => {
    const inputs = tf.input({ shape: [...network.shape] })
    const model = tf.model({ inputs, outputs: network.build(inputs) })
    randomizeWeights(model, 3)
    network.change?.(model)
    const folder = await saveModel(model)
    const given = Float32Array.from(network.toModel(pixels))
    const sizes = [height, width, 3]
    const x = tf.tensor(given, [1, ...network.shape.map((axis, i) => axis ?? sizes[i] ?? 1)])
    const said = (model.predict(x) as ReturnType<typeof tf.tensor>).dataSync() as Float32Array
    const wanted = network.toShares(said)
    if (network.manifest !== undefined) {
      const manifest = { format: 1, ...network.manifest }
      await writeFile(join(folder, 'ddnn.json'), JSON.stringify(manifest))
    }
    const [spec] = await readModelFolder(folder)
    assert.ok(spec)
    for (const [engine, runtime] of Object.entries(runtimes)) {
      const loaded = await runtime.load(spec, { batchSizes: [1], threads: 1, workers: 1 })
      const { input, features, exits } = loaded.shapes
      const expected = { input: [height, width, 3], features: null, exits: [network.classes] }
      assert.deepEqual({ input, features, exits }, expected, engine)
      checkChain([spec], [loaded.shapes])
      assert.equal(sizeOf(input), pixels.length)
      const samples = Float32Array.from([...pixels, ...pixels], (value) => value * scale)
      const [values] = (await loaded.run(samples, 2)).exits
      assert.ok(values)
      const gives = loaded.shapes.gives?.[0] ?? 'logits'
      for (const row of [0, 1]) {
        const own = values.slice(row * network.classes, (row + 1) * network.classes)
        assertClose(probabilitiesOf(own, gives, 1), wanted, 1e-5, `${engine}, row ${row}`)
      }
      loaded.dispose()
    }
  })
}
