// What a file and the flags change of a network's recipe, and what hangs on it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkLossWeights, mergeRecipe } from '../../../src/lab/training/merge-recipe.ts'
import { recipeSchema, type RecipeInput } from '../../../src/model/networks/recipe.ts'

const own: RecipeInput = {
  optimizer: 'sgd',
  learningRate: 0.65,
  schedule: 'triangle',
  momentum: 0.85,
  biasRate: 16,
  weightDecay: 0.001,
  labelSmoothing: 0.2,
  layerRates: { exit: 0.01 },
  phases: [
    { share: 1, lossWeights: [0, 1], learningRate: 0.5 },
    { share: 1, distillation: 0.1 },
  ],
}
const merge = (recipe: RecipeInput, learningRate?: number) =>
  mergeRecipe(own, { recipe, learningRate })

test('with another optimizer what suits the own one goes, rates of phases too', () => {
  const { recipe, ownLearningRate } = merge({ optimizer: 'adamw' })
  const { lossWeights } = own.phases?.[0] ?? {}
  assert.deepEqual(
    recipe,
    recipeSchema.parse({
      labelSmoothing: 0.2,
      phases: [
        { share: 1, lossWeights },
        { share: 1, distillation: 0.1 },
      ],
    }),
  )
  assert.equal(ownLearningRate, recipeSchema.parse({}).learningRate)
})

test("a field that is given overrules the own phases' word on it", () => {
  const { recipe } = merge({ lossWeights: [1, 1], distillation: 0.4 })
  assert.deepEqual(recipe.phases, [{ share: 1, learningRate: 0.5 }, { share: 1 }])
  assert.deepEqual(recipe.lossWeights, [1, 1])
  const phases = [{ share: 1, lossWeights: [2, 1] }]
  assert.deepEqual(merge({ lossWeights: [1, 1], phases }).recipe.phases, phases)
})

for (const [recipe, message] of [
  [
    { optimizer: 'adamw', momentum: 0.9 },
    /recipe\.momentum beside recipe\.optimizer sgd, got adamw/,
  ],
  [{ optimizer: 'adamw', biasRate: 2, nesterov: true }, /recipe\.nesterov .*recipe\.biasRate/],
  [{ maxGradientNorm: 2 }, /recipe\.maxGradientNorm beside recipe\.optimizer adamw, got sgd/],
  [
    { schedule: 'cosine', rateEnds: [0, 0] },
    /recipe\.rateEnds beside recipe\.schedule triangle, got cosine/,
  ],
  [{ schedule: 'constant', warmup: 0.3 }, /recipe\.warmup beside/],
  [{ learningRate: 0.1 }, /no recipe\.learningRate beside phases that name rates/],
] as const) {
  test(`${JSON.stringify(recipe)} would do nothing, and is refused`, () => {
    assert.throws(() => merge(recipe as RecipeInput), { code: 'DDNN_CONFIG_INVALID', message })
  })
}

test('--learning-rate is refused where phases name all rates, and taken where the first does not', () => {
  assert.throws(() => merge({}, 0.1), { message: /no --learning-rate beside phases/ })
  const phases = [{ share: 1 }, { share: 1, learningRate: 0.01 }]
  assert.equal(merge({ phases }, 0.1).recipe.learningRate, 0.1)
})

for (const [recipe, message] of [
  [
    { lossWeights: [1, 1, 1] },
    /recipe\.lossWeights to have a number for each of 2 exits, got \[1, 1, 1\]/,
  ],
  [{ lossWeights: [1] }, /each of 2 exits, got \[1\]/],
  [
    { phases: [{ share: 1 }, { share: 1, lossWeights: [0, 0] }] },
    /recipe\.phases\[1\]\.lossWeights to have a number above 0/,
  ],
] as const) {
  test(`weights ${JSON.stringify(recipe)} of two exits are refused`, () => {
    assert.throws(
      () => {
        checkLossWeights(2, recipeSchema.parse(recipe))
      },
      { code: 'DDNN_CONFIG_INVALID', message },
    )
  })
}
