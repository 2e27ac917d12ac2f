// The recipe files that ship: flags that `train` has, and a recipe that says what the network does anyway.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import * as core from '@tensorflow/tfjs-core'
import * as layersApi from '@tensorflow/tfjs-layers'
import '@tensorflow/tfjs-backend-cpu'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { readRecipe } from '../../src/cli/recipe-file.ts'
import type { Tf } from '../../src/model/networks/network.ts'
import { recipeSchema } from '../../src/model/networks/recipe.ts'
import { resolveNetwork } from '../../src/lab/training/networks.ts'
import { repoPath } from '../helpers/paths.ts'

const tf = { ...core, ...layersApi } as unknown as Tf
const files = readdirSync(repoPath('recipes')).filter((name) => name.endsWith('.yaml'))

for (const name of files) {
  test(`recipes/${name} is read without a problem`, () => {
    const file = repoPath('recipes', name)
    const line = parseCommandLine('train', ['--recipe', file, '-i', 'images'], {})
    assert.deepEqual([...line.problems, ...readRecipe(file).problems], [])
    assert.ok(line.values.isGiven('network'))
  })
}

for (const name of ['cifar10.yaml', 'vgg16-cifar10.yaml', 'b-lenet.yaml']) {
  test(`recipes/${name} spells out the recipe that its network brings`, async () => {
    const file = repoPath('recipes', name)
    const { values } = parseCommandLine('train', ['--recipe', file, '-i', 'images'], {})
    const network = values.string('network')
    const [height = 0, width = 0] = [values.number('height'), values.number('width')]
    const createNetwork = await resolveNetwork({ network, modelModule: undefined })
    const { recipe } = createNetwork(tf, { height, width, classes: 10, seed: 1 })
    const { recipe: spelled } = readRecipe(file)
    // What suits a processor is no matter of the network.
    const { precision } = recipeSchema.parse(spelled)
    const merged = recipeSchema.parse({ ...recipe, ...spelled })
    assert.deepEqual(merged, recipeSchema.parse({ ...recipe, precision }))
  })
}
