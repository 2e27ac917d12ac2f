// Recipes that are wrong, in a file or of a network: each problem names its field.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CreateNetwork } from '../../../src/model/networks/network.ts'
import { createCompactNetwork } from '../../../src/model/networks/compact.ts'
import { buildFamily } from '../../../src/lab/training/build.ts'
import { recipeProblems } from '../../../src/lab/training/recipe.ts'
import { loadTfjsNode } from '../../../src/lab/training/tfjs-node.ts'

test('a recipe that names a few fields, or none, does', () => {
  assert.deepEqual(recipeProblems({}), [])
  assert.deepEqual(recipeProblems({ learningRate: 0.1, augmentation: { mirror: true } }), [])
  assert.deepEqual(recipeProblems({ augmentation: false }), [])
})

for (const [what, recipe, pattern] of [
  ['a mistyped field', { learningrate: 0.1 }, /'learningrate', did you mean 'learningRate'/],
  ['an unknown field', { momentumOfTheThing: 1 }, /momentumOfTheThing.*known are optimizer/],
  [
    'a mistyped field of augmentation',
    { augmentation: { miror: true } },
    /recipe\.augmentation has, got 'miror', did you mean 'mirror'/,
  ],
  [
    'an augmentation that is true',
    { augmentation: true },
    /recipe\.augmentation to be false or a map, got true/,
  ],
  ['a text for a number', { warmup: 'much' }, /recipe\.warmup.*number/],
  [
    'a share above 1',
    { augmentation: { crop: [0.5, 1], erase: 2 } },
    /recipe\.augmentation\.erase/,
  ],
  [
    'a range upside down',
    { augmentation: { crop: [1, 0.5] } },
    /recipe\.augmentation\.crop.*\[least, most\]/,
  ],
  ['a list', [1], /recipe/],
  ['nothing', null, /recipe/],
] as const) {
  test(`${what} is named`, () => {
    const problems = recipeProblems(recipe)
    assert.equal(problems.length, 1, problems.join('; '))
    assert.match(problems[0] ?? '', pattern)
  })
}

test('two problems are both told', () => {
  assert.equal(recipeProblems({ warmup: 3, augmentation: { erase: -1 } }).length, 2)
})

const options = {
  height: 48,
  width: 48,
  seed: 1,
  network: 'compact',
  modelModule: 'own.mjs',
  recipe: undefined,
  learningRate: undefined,
} as const

const tf = loadTfjsNode()

test("a wrong recipe of a user's network is the module's fault, naming the field", () => {
  const own: CreateNetwork = (tf, network) => ({
    ...createCompactNetwork(tf, network),
    recipe: { augmentation: true, warmup: -1 } as never,
  })
  assert.throws(
    () => buildFamily(tf, own, 3, options),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, 'DDNN_MODULE_INVALID')
      assert.match(error.message, /own\.mjs/)
      assert.match(error.message, /recipe\.augmentation/)
      assert.match(error.message, /recipe\.warmup/)
      return true
    },
  )
})

test("a recipe file changes the network's own field by field; the flag comes before both", () => {
  const given = { ...options, modelModule: undefined, recipe: { learningRate: 0.5, warmup: 0.2 } }
  const { family, recipe } = buildFamily(tf, createCompactNetwork, 3, {
    ...given,
    learningRate: 0.7,
  })
  family.dispose()
  assert.deepEqual([recipe.learningRate, recipe.warmup, recipe.distillation], [0.7, 0.2, 0.5])
})
