// A layers model run by tfjs and, compiled, by onnxruntime: the same values are wanted of both.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type * as core from '@tensorflow/tfjs-core'
import type * as layersApi from '@tensorflow/tfjs-layers'
import * as ort from 'onnxruntime-node'
import { sizeOf, type Shape } from '../../../src/domain/tensor.ts'
import type { LayersModel, Tf } from '../../../src/model/networks/network.ts'
import { compileLayers, type CompiledModel } from '../../../src/model/onnx/compile-layers.ts'
import { modelFiles } from '../../../src/model/weights.ts'
import { tempFolder } from '../../helpers/cli.ts'

const require = createRequire(import.meta.url)
// The kernels written in plain JavaScript: a second opinion on what a layer means.
require('@tensorflow/tfjs-backend-cpu')
export const tf = {
  ...(require('@tensorflow/tfjs-core') as typeof core),
  ...(require('@tensorflow/tfjs-layers') as typeof layersApi),
} as Tf

/** Numbers in [0, 1) that follow from the seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Weights as no training would leave them: biases, means and variances all far from their first values. */
export function randomizeWeights(model: LayersModel, seed: number): void {
  const random = createRandom(seed)
  const weights = model.weights.map((weight) => {
    const shape = weight.shape as number[]
    const fanIn = Math.max(sizeOf(shape.slice(0, -1)), 1)
    const draw = weight.name.includes('variance')
      ? () => 0.2 + 2 * random()
      : () => (2 * random() - 1) * (shape.length > 1 ? Math.sqrt(3 / fanIn) : 1)
    return tf.tensor(Float32Array.from({ length: sizeOf(shape) }, draw), shape)
  })
  for (const [i, weight] of model.weights.entries()) weight.write(weights[i] as core.Tensor)
  tf.dispose(weights)
}

/** `count` samples in [-1, 1), row-major. */
export function samples(shape: Shape, count: number, seed = 7): Float32Array {
  const random = createRandom(seed)
  return Float32Array.from({ length: count * sizeOf(shape) }, () => 2 * random() - 1)
}

/** What the compiled model gives of these samples, in the order of its outputs. */
export async function runCompiled(
  { bytes, inputName, input, outputNames }: CompiledModel,
  data: Float32Array,
): Promise<readonly ort.Tensor[]> {
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  })
  const count = data.length / sizeOf(input.shape)
  const fed = { [inputName]: new ort.Tensor('float32', data, [count, ...input.shape]) }
  const outputs = await session.run(fed)
  await session.release()
  return outputNames.map((name) => outputs[name] as ort.Tensor)
}

/** Saves the model below a temporary folder; returns its folder. */
export async function saveModel(model: LayersModel): Promise<string> {
  const folder = join(tempFolder(), 'model')
  await model.save(modelFiles(folder))
  return folder
}

export interface CompareOptions {
  /** Largest difference, relative to the largest value of an output. */
  readonly tolerance?: number
  readonly count?: number
}

/** Runs the folder's model both ways; returns the compiled one. */
export async function assertSameOutputs(
  folder: string,
  { tolerance = 1e-5, count = 2 }: CompareOptions = {},
): Promise<CompiledModel> {
  const model = await tf.loadLayersModel(modelFiles(folder))
  const compiled = await compileLayers(folder)
  const shape = model.inputs[0]?.shape.slice(1) as number[]
  assert.deepEqual(compiled.input.shape, shape)
  assert.equal(compiled.outputs.length, model.outputs.length)
  const data = samples(shape, count)
  const given = await runCompiled(compiled, data)
  const wanted = tf.tidy(() => {
    const batch = tf.tensor(data, [count, ...shape])
    return [model.apply(batch)].flat() as core.Tensor[]
  })
  for (const [i, output] of wanted.entries()) {
    const name = compiled.outputNames[i] ?? ''
    assert.deepEqual(given[i]?.dims, output.shape, `shape of ${name}`)
    assert.deepEqual(compiled.outputs[i]?.shape, output.shape.slice(1), `told shape of ${name}`)
    assertNear(given[i]?.data as Float32Array, output.dataSync() as Float32Array, tolerance, name)
  }
  tf.dispose(wanted)
  model.dispose()
  return compiled
}

export function assertNear(
  given: Float32Array,
  wanted: Float32Array,
  tolerance: number,
  what: string,
): void {
  assert.equal(given.length, wanted.length, what)
  const largest = wanted.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  assert.ok(Number.isFinite(largest), `${what}: the wanted values are not finite`)
  const most = Math.max(largest, 1) * tolerance
  for (const [i, value] of wanted.entries()) {
    const difference = Math.abs((given[i] as number) - value)
    if (difference <= most) continue
    assert.fail(`${what}[${i}]: expected ${value}, got ${given[i]} (tolerance ${most})`)
  }
}
