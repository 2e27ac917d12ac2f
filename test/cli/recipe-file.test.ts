// --recipe FILE: flags of train by name, and the recipe beside them.
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { readRecipe } from '../../src/cli/recipe-file.ts'
import { createCompactNetwork } from '../../src/model/networks/compact.ts'
import { createCompact32Network } from '../../src/model/networks/compact-32.ts'
import { recipeSchema } from '../../src/model/networks/recipe.ts'
import { loadTfjsNode } from '../../src/lab/training/tfjs-node.ts'
import { repoPath } from '../helpers/paths.ts'
import { readFileSync } from 'node:fs'

const folder = mkdtempSync(join(tmpdir(), 'ddnn-recipe-'))

function write(name: string, text: string): string {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}

const file = write(
  'a.yaml',
  'network: compact-32\nimage_height: 32\nepochs: 7\ntraining_set: [photos, drawn]\nrecipe:\n  warmup: 0.3\n',
)

test('a recipe file gives flags by name; typed ones and the environment come first', () => {
  const { values, problems } = parseCommandLine('train', ['--recipe', file, '-e', '3'], {
    DDNN_IMAGE_HEIGHT: '64',
  })
  assert.deepEqual(problems, [])
  assert.equal(values.string('network'), 'compact-32')
  assert.deepEqual(values.list('training_set'), ['photos', 'drawn'])
  assert.deepEqual([values.number('epochs'), values.number('height')], [3, 64])
  assert.equal(values.number('batch_size'), 32)
  assert.deepEqual(readRecipe(file), { recipe: { warmup: 0.3 }, problems: [] })
})

test('a config file comes before the recipe file, and may name it', () => {
  const config = write('config.yaml', `recipe: ${file}\nepochs: 5\n`)
  const { values, problems } = parseCommandLine('train', ['--config', config], {})
  assert.deepEqual(problems, [])
  assert.deepEqual([values.number('epochs'), values.number('height')], [5, 32])
})

for (const [what, text, pattern] of [
  ['a mistyped flag', 'epoch: 3\n', /got 'epoch', did you mean epochs\?/],
  [
    'a flag of another command',
    'producer-back: x\n',
    /Expected flags of 'train' in '.*', got 'producer-back'/,
  ],
  ['a value that does not fit', 'epochs: many\n', /Expected epochs in '.*' to be a whole number/],
  ['a list', '- 1\n', /Expected '.*' to be a map/],
  ['no YAML', 'a: [\n', /to be YAML or JSON/],
] as const) {
  test(`${what} in a recipe file is named`, () => {
    const { problems } = parseCommandLine('train', ['--recipe', write('b.yaml', text)], {})
    assert.equal(problems.length, 1, problems.join('; '))
    assert.match(problems[0] ?? '', pattern)
  })
}

test('a mistyped field of the recipe is named with its file and the nearest one', () => {
  const wrong = write(
    'c.yaml',
    'recipe:\n  learning_rate: 0.1\n  augmentation:\n    mirrored: true\n',
  )
  const { problems } = readRecipe(wrong)
  assert.equal(problems.length, 2)
  assert.match(problems[0] ?? '', /'learning_rate', did you mean 'learningRate'.*c\.yaml/)
  assert.match(problems[1] ?? '', /'mirrored', did you mean 'mirror'.*c\.yaml/)
})

test('a recipe file that is not there is one problem', () => {
  const missing = join(folder, 'nowhere.yaml')
  const { problems } = parseCommandLine('train', ['--recipe', missing], {})
  assert.match(
    problems.join('; '),
    /^Expected --recipe to be a file that can be read, got '.*nowhere/,
  )
  assert.deepEqual(readRecipe(missing).problems, [])
})

for (const [name, createNetwork] of [
  ['flowers', createCompactNetwork],
  ['cifar10', createCompact32Network],
] as const) {
  test(`recipes/${name}.yaml is whole, and its flags are those of train`, () => {
    const shipped = repoPath('recipes', `${name}.yaml`)
    const { problems, values } = parseCommandLine('train', ['--recipe', shipped, '-i', 'x'], {})
    assert.deepEqual([...problems, ...readRecipe(shipped).problems], [])
    assert.equal(values.number('seed'), 123)
    const { recipe } = parse(readFileSync(shipped, 'utf8')) as { recipe: object }
    // Nothing in it depends on what the network brings.
    const options = { height: 32, width: 32, classes: 3, seed: 1 }
    const own = createNetwork(loadTfjsNode(), options).recipe
    assert.deepEqual(recipeSchema.parse({ ...own, ...recipe }), recipeSchema.parse(recipe))
  })
}
