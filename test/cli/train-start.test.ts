// What a training begins with: the shipped weights unless a flag says how the network comes to be.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { backboneProblems, readBackboneChoice } from '../../src/cli/train-backbone.ts'
import { readTrainStart } from '../../src/cli/train-start.ts'
import { shippedWeights } from '../../src/lab/training/fine-tune.ts'

const valuesOf = (...argv: readonly string[]) => parseCommandLine('train', argv, {}).values

test('photos alone are trained on from the shipped weights, and the first line says so', () => {
  for (const more of [[], ['-e', '3'], ['--learning-rate', '0.01'], ['-g', '96', '-w', '96']]) {
    const start = readTrainStart(valuesOf('photos', ...more), undefined)
    assert.equal(start.initialWeights, shippedWeights)
    assert.match(start.notice, /shipped flowers weights/)
  }
})

test('whoever names a network, a recipe or weights gets those and no others', () => {
  const rows: readonly (readonly string[])[] = [
    ['--network', 'compact'],
    ['--from-scratch'],
    ['--model-module', 'mine.mjs'],
    ['--backbone', 'model'],
  ]
  for (const flags of rows) {
    const start = readTrainStart(valuesOf('photos', ...flags), undefined)
    assert.equal(start.initialWeights, undefined, flags.join(' '))
    assert.equal(start.recipe, undefined, flags.join(' '))
  }
  const own = readTrainStart(valuesOf('photos', '--initial-weights', 'mine'), { mixup: 0.1 })
  assert.equal(own.initialWeights, 'mine')
  assert.deepEqual(own.recipe, { mixup: 0.1 })
})

test('flags of a backbone want one, and flags of other networks do not go with it', () => {
  assert.match(backboneProblems(valuesOf('photos', '--exits-at', 'a')).join(), /--exits-at/)
  assert.match(backboneProblems(valuesOf('photos', '--head', 'hidden')).join(), /--head/)
  assert.match(backboneProblems(valuesOf('photos', '--fine-tune')).join(), /^Expected --backbone/)
  const untuned = valuesOf('photos', '--backbone', 'model', '--fine-tune-rate', '0.1')
  assert.deepEqual(backboneProblems(untuned), [
    'Expected --fine-tune with --fine-tune-rate, got none',
  ])
  const both = valuesOf('photos', '--backbone', 'model', '--network', 'vgg16')
  assert.match(backboneProblems(both).join(), /--network/)
  const right = valuesOf('photos', '--backbone', 'model', '--exits-at', 'a,b', 'c')
  assert.deepEqual(backboneProblems(right), [])
  assert.deepEqual(readBackboneChoice(right)?.exitsAt, ['a', 'b', 'c'])
})
