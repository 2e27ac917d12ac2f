// Layers that learn no more from a share of the run on, and parts that a phase does not train.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fit } from '../../../src/lab/training/fit.ts'
import { frozenFrom, rateOfLayer } from '../../../src/lab/training/layer-names.ts'
import { loadTfjsNode } from '../../../src/lab/training/tfjs-node.ts'
import type { TrainingSource } from '../../../src/lab/training/training-source.ts'
import type { LayersModel, SymbolicTensor } from '../../../src/model/networks/network.ts'
import { recipeSchema, type RecipeInput } from '../../../src/model/networks/recipe.ts'

const tf = loadTfjsNode(1)

test('of the names that a layer begins with the earliest share counts', () => {
  const freeze = { edge: 0.8, edge_conv1: 0.2 }
  assert.equal(frozenFrom(freeze, 'edge_conv1'), 0.2)
  assert.equal(frozenFrom(freeze, 'edge_conv2'), 0.8)
  assert.equal(frozenFrom(freeze, 'fog_conv1'), Infinity)
})

test('of the names that a layer begins with the longest sets its rate', () => {
  const rates = { edge: 0.5, edge_exit: 0.1 }
  assert.equal(rateOfLayer(rates, 'edge_exit'), 0.1)
  assert.equal(rateOfLayer(rates, 'edge_conv1'), 0.5)
  assert.equal(rateOfLayer(rates, 'fog_conv1'), 1)
})

test('a number at the end of a name is the whole number', () => {
  const freeze = { edge_norm1: 0.3 }
  assert.equal(frozenFrom(freeze, 'edge_norm1'), 0.3)
  for (const other of ['edge_norm12', 'edge_norm10_part', 'edge_norm2']) {
    assert.equal(frozenFrom(freeze, other), Infinity, other)
  }
  assert.equal(frozenFrom({ edge: 0.3 }, 'edge2_norm'), 0.3)
  assert.equal(rateOfLayer({ edge_conv1: 0.1, edge_conv: 0.5 }, 'edge_conv12'), 0.5)
})

const source: TrainingSource = {
  labels: Array.from({ length: 16 }, (_, i) => i % 2),
  sets: [],
  // eslint-disable-next-line @typescript-eslint/require-await
  async *batches(plans) {
    for (const { indices } of plans) {
      const values = Float32Array.from(indices.flatMap((i) => [i / 16, (i % 2) - 0.4]))
      yield { indices, inputs: [{ values, shape: [indices.length, 2] }] }
    }
  },
}

/** Two exits on a shared layer. */
function createModel(): LayersModel {
  const dense = (units: number, name: string, seed: number) =>
    tf.layers.dense({ units, name, kernelInitializer: tf.initializers.glorotUniform({ seed }) })
  const input = tf.input({ shape: [2] })
  const trunk = dense(4, 'edge_trunk', 1).apply(input) as SymbolicTensor
  const near = dense(2, 'edge_exit', 2).apply(trunk) as SymbolicTensor
  const far = dense(2, 'cloud_exit', 3).apply(trunk) as SymbolicTensor
  return tf.model({ inputs: input, outputs: [near, far] })
}

/** Kernels by the layer's name, before the run and after each of its four steps. */
async function kernelsOf(fields: RecipeInput): Promise<Record<string, Float32Array[]>> {
  const model = createModel()
  const kernels: Record<string, Float32Array[]> = {}
  const read = () => {
    for (const layer of model.layers) {
      const [kernel] = layer.getWeights()
      if (kernel !== undefined) (kernels[layer.name] ??= []).push(kernel.dataSync() as Float32Array)
    }
  }
  read()
  const options = {
    ...{ classes: 2, batchSize: 4, epochs: 1, earlierEpochs: 0, earlierMs: 0, seed: 1 },
    ...{ recipe: recipeSchema.parse(fields), rates: { learningRate: 1, ownLearningRate: 1 } },
    ...{ isInference: false, beside: [], maxMs: Infinity, from: undefined },
  }
  await fit(tf, model, source, options, {
    stepState: { step: 0 },
    signal: undefined,
    onProgress: read,
    onResumed: () => Promise.resolve(true),
    onStep: () => Promise.resolve(),
    onEpoch: () => Promise.resolve(true),
  })
  model.dispose()
  return kernels
}

/** Of each step, whether it changed the kernel. */
const moves = (kernels: Float32Array[] | undefined) =>
  (kernels ?? [])
    .slice(1)
    .map((kernel, i) => kernel.some((value, j) => value !== kernels?.[i]?.[j]))

for (const optimizer of ['adamw', 'sgd'] as const) {
  test(`${optimizer}: a frozen layer moves until its share of the run, the others to the end`, async () => {
    const kernels = await kernelsOf({ optimizer, freeze: { edge_trunk: 0.5 } })
    assert.deepEqual(moves(kernels['edge_trunk']), [true, true, false, false])
    assert.deepEqual(moves(kernels['edge_exit']), [true, true, true, true])
  })

  test(`${optimizer}: a phase that trains an exit whose layers are all frozen changes nothing, the next one goes on`, async () => {
    const phases = [{ share: 1, lossWeights: [0, 1] }, { share: 1 }]
    const kernels = await kernelsOf({ optimizer, phases, freeze: { edge_trunk: 0, cloud: 0 } })
    assert.deepEqual(moves(kernels['edge_trunk']), [false, false, false, false])
    assert.deepEqual(moves(kernels['cloud_exit']), [false, false, false, false])
    assert.deepEqual(moves(kernels['edge_exit']), [false, false, true, true])
  })

  test(`${optimizer}: a layer of a tenth of the rate takes a tenth of the first step`, async () => {
    const firstStep = async (fields: RecipeInput) => {
      const [before, after] =
        (await kernelsOf({ optimizer, weightDecay: 0, ...fields }))['edge_exit'] ?? []
      return [...(after as Float32Array)].map((value, i) => value - (before?.[i] as number))
    }
    const whole = await firstStep({})
    const tenth = await firstStep({ layerRates: { edge: 1, edge_exit: 0.1 } })
    const ratios = tenth.map((step, i) => step / (whole[i] as number))
    for (const ratio of ratios) assert.ok(Math.abs(ratio - 0.1) < 0.005, String(ratios))
  })

  test(`${optimizer}: an exit of weight 0 learns only in the phase that weighs it`, async () => {
    const phases = [{ share: 1, lossWeights: [0, 1] }, { share: 1 }]
    const kernels = await kernelsOf({ optimizer, phases, distillation: 0.5 })
    assert.deepEqual(moves(kernels['edge_exit']), [false, false, true, true])
    assert.deepEqual(moves(kernels['edge_trunk']), [true, true, true, true])
    assert.deepEqual(moves(kernels['cloud_exit']), [true, true, true, true])
  })
}

test('a run whose layers are all frozen goes on to its end without a step of any', async () => {
  const kernels = await kernelsOf({ freeze: { edge: 0, cloud: 0 } })
  assert.deepEqual(moves(kernels['cloud_exit']), [false, false, false, false])
})
