// The peers' reading of our model files: Keras, built layer by layer from model.json, must give what tfjs
// gives. Only then do equal logits of a peer tier and ours say anything.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import * as core from '@tensorflow/tfjs-core'
import * as layersApi from '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-cpu'
import { createBLenetNetwork } from '../../src/model/networks/b-lenet.ts'
import { createCompactNetwork } from '../../src/model/networks/compact.ts'
import { createCompact32Network } from '../../src/model/networks/compact-32.ts'
import { assemble, type LayersModel, type Tf } from '../../src/model/networks/network.ts'
import { createOriginalNetwork } from '../../src/model/networks/original.ts'
import { createVgg16Network } from '../../src/model/networks/vgg16.ts'
import { modelFiles } from '../../src/model/weights.ts'
import { repoPath } from '../helpers/paths.ts'
import { pythonFor } from '../helpers/python-peer.ts'

// Their namespaces differ in `default` alone, which nobody uses.
const tf = { ...core, ...layersApi } as unknown as Tf
const folder = await mkdtemp(join(tmpdir(), 'ddnn-keras-'))
after(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** Fresh batch statistics are 0 and 1, and biases 0: wrongly matched ones would go unseen. */
function stirWeights(model: LayersModel): void {
  model.setWeights(
    model.getWeights().map((weight, i) => {
      const noise = tf.randomUniform(weight.shape, 0.02, 0.3, 'float32', i + 1)
      return tf.add(weight, noise)
    }),
  )
}

async function runInKeras(folders: readonly string[], tensor: unknown): Promise<number[][][]> {
  const { python, env } = await pythonFor('tfjs_to_keras.py')
  const script = repoPath('test', 'e2e', 'peers', 'tfjs_to_keras.py')
  const child = spawn(python, [script, ...folders], { env, stdio: ['pipe', 'pipe', 'pipe'] })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  child.stdin.end(JSON.stringify(tensor))
  const [code] = (await once(child, 'close')) as [number]
  assert.equal(code, 0, err)
  const { stages } = JSON.parse(out) as { stages: unknown[][] }
  return stages.map((outputs) => outputs.map((output) => (output as number[]).flat(Infinity)))
}

/** Outputs of each submodel in order, each fed with the features of the one before. */
function runInTfjs(models: readonly LayersModel[], input: core.Tensor): number[][][] {
  let tensor = input
  return models.map((model) => {
    const outputs = [model.predict(tensor)].flat()
    tensor = outputs[0] as core.Tensor
    return outputs.map((output) => [...output.dataSync()])
  })
}

function assertClose(got: readonly number[], wanted: readonly number[], what: string): void {
  assert.equal(got.length, wanted.length, what)
  const scale = Math.max(1, ...wanted.map(Math.abs))
  const worst = Math.max(...got.map((value, i) => Math.abs(value - (wanted[i] ?? Number.NaN))))
  assert.ok(worst <= 1e-4 * scale, `${what}: ${String(worst)} off, of ${String(scale)}`)
}

for (const [name, createNetwork, side] of [
  ['compact', createCompactNetwork, 40],
  ['compact-32', createCompact32Network, 32],
  ['original', createOriginalNetwork, 48],
  ['vgg16', createVgg16Network, 32],
  ['b-lenet', createBLenetNetwork, 28],
] as const) {
  test(`Keras gives every output of the ${name} network as tfjs does`, async () => {
    const network = createNetwork(tf, { height: side, width: side, classes: 5, seed: 7 })
    const { submodels } = assemble(tf, { height: side, width: side }, network.parts)
    const folders: string[] = []
    for (const { name: part, model } of submodels) {
      stirWeights(model)
      folders.push(join(folder, name, part))
      await model.save(modelFiles(join(folder, name, part)))
    }
    const whole = join(folder, name, 'model')
    await writeStages(
      whole,
      submodels.map((submodel) => `../${submodel.name}`),
    )

    const input = tf.randomUniform([2, side, side, 3], 0, 1, 'float32', 3)
    const models = submodels.map(({ model }) => model)
    const wanted = runInTfjs(models, input)
    const got = await runInKeras([whole], input.arraySync())
    assert.equal(got.length, wanted.length)
    wanted.forEach((outputs, stage) => {
      assert.equal(got[stage]?.length, outputs.length)
      outputs.forEach((output, i) =>
        assertClose(got[stage]?.[i] ?? [], output, `stage ${String(stage)} output ${String(i)}`),
      )
    })
  })
}

async function writeStages(whole: string, stages: readonly string[]): Promise<void> {
  await mkdir(whole, { recursive: true })
  await writeFile(join(whole, 'ddnn.json'), JSON.stringify({ format: 1, stages }))
}

test('Keras reads float16 weights, layers called twice and the rarer layers', async () => {
  const input = tf.input({ shape: [12, 10, 3], name: 'image' })
  const twice = tf.layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', name: 'twice' })
  type Symbolic = layersApi.SymbolicTensor
  const shared = twice.apply(twice.apply(input)) as Symbolic
  const padded = tf.layers
    .zeroPadding2d({
      padding: [
        [0, 1],
        [2, 3],
      ],
    })
    .apply(tf.layers.leakyReLU({ alpha: 0.1 }).apply(shared)) as Symbolic
  const separable = tf.layers
    .separableConv2d({ filters: 4, kernelSize: 3, strides: 2, activation: 'relu6' })
    .apply(padded) as Symbolic
  const depthwise = tf.layers
    .depthwiseConv2d({ kernelSize: 3, padding: 'same', depthMultiplier: 1, activation: 'tanh' })
    .apply(separable) as Symbolic
  const product = tf.layers.multiply().apply([separable, depthwise]) as Symbolic
  const pooled = tf.layers
    .averagePooling2d({ poolSize: [2, 2], padding: 'same' })
    .apply(tf.layers.reLU({ maxValue: 1.5 }).apply(product)) as Symbolic
  const flat = tf.layers.flatten().apply(pooled) as Symbolic
  const logits = tf.layers.dense({ units: 3 }).apply(flat) as Symbolic
  const sure = tf.layers.softmax({ axis: -1 }).apply(logits) as Symbolic
  const model = tf.model({ inputs: input, outputs: [pooled, sure, logits], name: 'rare' })
  stirWeights(model)
  await model.save(modelFiles(join(folder, 'rare'), { weights: 'float16' }))
  const loaded = await tf.loadLayersModel(modelFiles(join(folder, 'rare')))

  const image = tf.randomUniform([1, 12, 10, 3], 0, 1, 'float32', 5)
  const [wanted = []] = runInTfjs([loaded], image)
  const [got = []] = await runInKeras([join(folder, 'rare')], image.arraySync())
  assert.equal(got.length, 3)
  wanted.forEach((output, i) => assertClose(got[i] ?? [], output, `output ${String(i)}`))
})
