// The loop alone, on a network of one layer: how its rate follows the steps and the clock.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fit, type EpochEnd } from '../../../src/lab/training/fit.ts'
import { loadTfjsNode } from '../../../src/lab/training/tfjs-node.ts'
import type { TrainingSource } from '../../../src/lab/training/training-source.ts'
import { recipeSchema } from '../../../src/model/networks/recipe.ts'

const tf = loadTfjsNode(1)
const hour = 3_600_000

const source: TrainingSource = {
  labels: [0, 1, 0, 1],
  sets: [0, 0, 0, 0],
  // eslint-disable-next-line @typescript-eslint/require-await
  async *batches(plans) {
    for (const { indices } of plans) {
      const inputs = [{ values: Float32Array.from([1, 2, 3, 4]), shape: [2, 2] }]
      yield { indices, inputs }
    }
  },
}

/** Rates of the last steps of three epochs, after courses that took this long. */
async function ratesAfter(earlierMs: number): Promise<readonly number[]> {
  const model = tf.sequential()
  model.add(tf.layers.dense({ units: 2, inputShape: [2], kernelInitializer: 'zeros' }))
  const ends: EpochEnd[] = []
  const options = {
    ...{ classes: 2, batchSize: 2, epochs: 5, earlierEpochs: 2, earlierMs, seed: 1 },
    ...{ recipe: recipeSchema.parse({}), rates: { learningRate: 1, ownLearningRate: 1 } },
    ...{ isInference: false, beside: [], maxMs: hour, from: undefined },
  }
  await fit(tf, model, source, options, {
    stepState: { step: 0 },
    signal: undefined,
    onProgress: () => undefined,
    onResumed: () => Promise.resolve(true),
    onStep: () => Promise.resolve(),
    onEpoch: (end) => Promise.resolve(ends.push(end) > 0),
  })
  model.dispose()
  return ends.map(({ last }) => last.learningRate)
}

test('a course that begins late has a rate of its own over the time that is left', async () => {
  const rates = await ratesAfter(0)
  assert.equal(rates.length, 3)
  assert.deepEqual(await ratesAfter(0.9 * hour), rates)
})

test('a course that no time is left for takes no step', async () => {
  assert.deepEqual(await ratesAfter(hour), [])
})
