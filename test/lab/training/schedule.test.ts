// The learning rate over a run.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { phaseStep, triangle, warmupCosine } from '../../../src/lab/training/schedule.ts'
import { recipeSchema } from '../../../src/model/networks/recipe.ts'

test('the rate rises to its peak in the first tenth, then falls to nothing', () => {
  assert.ok(warmupCosine(0) > 0 && warmupCosine(0) < 0.05)
  assert.ok(Math.abs(warmupCosine(0.05) - 0.5) < 1e-9)
  assert.ok(Math.abs(warmupCosine(0.1) - 1) < 1e-9)
  assert.ok(Math.abs(warmupCosine(0.55) - 0.5) < 1e-9)
  assert.ok(warmupCosine(1) < 1e-9)
  assert.ok(warmupCosine(7) < 1e-9, 'a run that takes longer than planned does not climb again')
})

test('a triangle rises from its first end and falls to its second along lines', () => {
  const ends = [0.2, 0.07] as const
  assert.equal(triangle(0, 0.25, ends), 0.2)
  assert.ok(Math.abs(triangle(0.125, 0.25, ends) - 0.6) < 1e-9)
  assert.equal(triangle(0.25, 0.25, ends), 1)
  assert.ok(Math.abs(triangle(0.625, 0.25, ends) - (1 + 0.07) / 2) < 1e-9)
  assert.ok(Math.abs(triangle(2, 0.25, ends) - 0.07) < 1e-9)
})

const rateAt = (recipe: object, progress: number) =>
  phaseStep(recipeSchema.parse({ learningRate: 2, ...recipe }), progress).learningRate

test('the rate is constant for sgd and a cosine for adamw, unless the recipe says another', () => {
  assert.equal(rateAt({ optimizer: 'sgd' }, 0.9), 2)
  assert.ok(Math.abs(rateAt({ warmup: 0 }, 0.5) - 1) < 1e-9)
  const schedule = { schedule: 'triangle', warmup: 0, rateEnds: [0, 0] }
  assert.ok(Math.abs(rateAt({ optimizer: 'sgd', ...schedule }, 0.75) - 0.5) < 1e-9)
})

test('phases change what exits weigh; without a rate of theirs they share one wave of it', () => {
  const phases = [
    { share: 3, lossWeights: [0, 1] },
    { share: 1, distillation: 0.5 },
  ]
  const recipe = recipeSchema.parse({ lossWeights: [0.3, 1], phases })
  const whole = recipeSchema.parse({})
  for (const progress of [0, 0.1, 0.5, 0.74, 0.75, 0.9, 1]) {
    const step = phaseStep(recipe, progress)
    const isFirst = progress < 0.75
    assert.deepEqual(step.lossWeights, isFirst ? [0, 1] : [0.3, 1])
    assert.equal(step.distillation, isFirst ? 0 : 0.5)
    assert.ok(Math.abs(step.learningRate - phaseStep(whole, progress).learningRate) < 1e-12)
  }
})

test('a phase that names a rate begins a wave, which the phases behind it share', () => {
  const wave = { schedule: 'triangle', warmup: 0, rateEnds: [0, 0] }
  const phases = [{ share: 1 }, { share: 1, learningRate: 10 }, { share: 2 }]
  const at = (progress: number) => rateAt({ ...wave, phases }, progress)
  assert.ok(Math.abs(at(0.125) - 1) < 1e-9, 'half of the first quarter')
  assert.equal(at(0.25), 10)
  assert.ok(Math.abs(at(0.5) - (10 * 2) / 3) < 1e-9, 'no new wave')
  assert.ok(at(1) < 1e-9)
})

test('a step knows which phase named its rate, none where the recipe did', () => {
  const phases = [{ share: 1 }, { share: 1, learningRate: 0.5 }, { share: 2 }]
  const recipe = recipeSchema.parse({ learningRate: 0.1, phases })
  assert.equal(phaseStep(recipe, 0.1).wave, undefined)
  for (const progress of [0.3, 0.9]) {
    assert.deepEqual(phaseStep(recipe, progress).wave, { phase: 1, learningRate: 0.5 })
  }
})
