// Exits whose values are no numbers are found, counted and named, so that no figure of them is taken for one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeOdd, findOddExits, withoutNumbers } from '../../../src/lab/evaluation/odd-exits.ts'
import type { ExitFacts, SampleScores } from '../../../src/lab/evaluation/scores.ts'

const exits = ['edge', 'cloud'].map((name) => ({ name }) as ExitFacts)
const sampleOf = (...values: readonly (readonly number[])[]) =>
  ({ values: values.map((own) => Float32Array.from(own)) }) as unknown as SampleScores

test('an exit with NaN or infinity in any class of an image is odd for that image alone', () => {
  const samples = [
    sampleOf([1, 2], [3, 4]),
    sampleOf([NaN, 2], [3, 4]),
    sampleOf([1, -Infinity], [3, 4]),
    sampleOf([1, 2], [3, Infinity]),
  ]
  assert.deepEqual(findOddExits({ exits, samples }), [
    { name: 'edge', images: 2 },
    { name: 'cloud', images: 1 },
  ])
  assert.deepEqual(findOddExits({ exits, samples: samples.slice(0, 1) }), [])
  assert.deepEqual(findOddExits({ exits, samples: [] }), [])
})

test('what is said names the exit, how many images, and what to do', () => {
  assert.match(describeOdd({ name: 'edge', images: 2 }, 60), /'edge' .* 2 of 60 images/)
  const { code, message, hint } = withoutNumbers(['edge', 'fog'])
  assert.equal(code, 'DDNN_ENGINE_VALUE')
  assert.match(message, /the exits 'edge', 'fog'.*every image/)
  assert.match(hint ?? '', /train it again/)
})
