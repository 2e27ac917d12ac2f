// The split of a label's photos: the same everywhere, whatever the order of files.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pickTest } from '../../../src/lab/download/split.ts'

const names = Array.from({ length: 100 }, (_, i) => `${i}.jpg`)
const split = { seed: 123, testShare: 0.2 }

test('the share is rounded, and nothing and almost all can be asked for', () => {
  assert.equal(pickTest(names, 'daisy', split).length, 20)
  assert.equal(pickTest(names.slice(0, 7), 'daisy', split).length, 1)
  assert.deepEqual(pickTest(names, 'daisy', { seed: 1, testShare: 0 }), [])
  assert.equal(pickTest(names, 'daisy', { seed: 1, testShare: 0.9 }).length, 90)
})

test('the order of files does not matter, the seed and the label do', () => {
  const picked = pickTest(names, 'daisy', split)
  assert.deepEqual(pickTest(names.toReversed(), 'daisy', split), picked)
  assert.notDeepEqual(pickTest(names, 'daisy', { ...split, seed: 124 }), picked)
  assert.notDeepEqual(pickTest(names, 'roses', split), picked)
})

test('the choice stays what it was when this was written', () => {
  const picked = pickTest(names, 'daisy', { seed: 123, testShare: 0.03 })
  assert.deepEqual(picked, ['74.jpg', '24.jpg', '32.jpg'])
})

test('a larger share holds the smaller one', () => {
  const small = pickTest(names, 'daisy', split)
  const large = new Set(pickTest(names, 'daisy', { ...split, testShare: 0.5 }))
  assert.ok(small.every((name) => large.has(name)))
})
