import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveRules } from '../../src/domain/rules.ts'
import type { SubmodelSpec } from '../../src/domain/submodel.ts'

const bare: SubmodelSpec = {
  name: 'edge',
  folder: '/models/edge',
  format: 'tfjs-layers',
  family: undefined,
  version: undefined,
  place: undefined,
  input: undefined,
  features: undefined,
  exits: undefined,
  labels: undefined,
  preprocessing: undefined,
}
const fitted: SubmodelSpec = {
  ...bare,
  place: { index: 1, count: 2 },
  exits: [{ index: 4, gives: 'logits', temperature: 0.7, threshold: 0.55, accuracy: 0.9 }],
}

test("a manifest's threshold and temperature hold where the user gave none", () => {
  const [[rule] = []] = resolveRules([fitted], [1], { confidence: 'softmax', threshold: undefined })
  assert.equal(rule?.threshold, 0.55)
  assert.equal(rule?.temperature, 0.7)
  assert.equal(rule?.exit, 4)
  assert.equal(rule?.isLast, true)
})

test("the user's threshold is over the manifest's", () => {
  const [[rule] = []] = resolveRules([fitted], [1], { confidence: 'softmax', threshold: 0 })
  assert.equal(rule?.threshold, 0)
})

test("raw takes the original's 0.8, not a threshold fitted under softmax", () => {
  const [[rule] = []] = resolveRules([fitted], [1], { confidence: 'raw', threshold: undefined })
  assert.equal(rule?.threshold, 0.8)
})

test('exits without a manifest are counted on and take 0.8', () => {
  const rules = resolveRules([bare, bare], [2, 1], { confidence: 'softmax', threshold: undefined })
  assert.deepEqual(
    rules.map((stage) => stage.map((rule) => [rule.exit, rule.threshold, rule.isLast])),
    [
      [
        [0, 0.8, undefined],
        [1, 0.8, undefined],
      ],
      [[2, 0.8, undefined]],
    ],
  )
})
