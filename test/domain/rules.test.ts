import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveRules, withThresholds } from '../../src/domain/rules.ts'
import type { ConfidenceName } from '../../src/domain/confidence.ts'
import type { ExitSpec, SubmodelSpec } from '../../src/domain/submodel.ts'

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

test("what an exit remembers is the rule's, and whether it is remembered", () => {
  const memory = { weights: [0.5, 0, 0, 0, 1], bias: [0, 0], temperature: 1 }
  const [known] = fitted.exits ?? []
  const spec = { ...fitted, exits: [{ ...(known as ExitSpec), memory, isRemembered: true }] }
  const asked = { confidence: undefined, threshold: undefined }
  const [[rule] = []] = resolveRules([spec], [1], asked)
  assert.deepEqual([rule?.memory, rule?.isRemembered], [memory, true])
  const [[plain] = []] = resolveRules([fitted], [1], asked)
  assert.deepEqual(Object.keys(plain ?? {}).includes('memory'), false)
})

test("the user's threshold is over the manifest's", () => {
  const [[rule] = []] = resolveRules([fitted], [1], { confidence: 'softmax', threshold: 0 })
  assert.equal(rule?.threshold, 0)
})

test("raw takes the original's 0.8, not a threshold fitted under softmax", () => {
  const [[rule] = []] = resolveRules([fitted], [1], { confidence: 'raw', threshold: undefined })
  assert.equal(rule?.threshold, 0.8)
})

test('a manifest that names a criterion gives it together with the threshold', () => {
  const entropy = [{ ...(fitted.exits?.[0] as ExitSpec), criterion: 'entropy' as const }]
  const spec = { ...fitted, exits: entropy }
  const rulesOf = (confidence?: ConfidenceName, threshold?: number) => {
    const [[rule] = []] = resolveRules([spec], [1], { confidence, threshold })
    return [rule?.confidence, rule?.threshold, rule?.temperature]
  }
  assert.deepEqual(rulesOf(), ['entropy', 0.55, 0.7])
  assert.deepEqual(rulesOf('entropy'), ['entropy', 0.55, 0.7])
  assert.deepEqual(rulesOf('margin'), ['margin', 0.8, 0.7])
  assert.deepEqual(rulesOf('margin', 0.3), ['margin', 0.3, 0.7])
  assert.deepEqual(rulesOf(undefined, 0.3), ['softmax', 0.3, 0.7])
})

test('a manifest without a criterion is one for softmax', () => {
  const [[rule] = []] = resolveRules([fitted], [1], { confidence: undefined, threshold: undefined })
  assert.deepEqual([rule?.confidence, rule?.threshold], ['softmax', 0.55])
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

test("a request's thresholds hold by the place of the exit, the last one for all behind it", () => {
  const rules = resolveRules([bare, bare, fitted], [1, 2, 1], {
    confidence: 'margin',
    threshold: 0.5,
  })
  const thresholdsBy = (...own: number[]) =>
    withThresholds(rules, own)
      .flat()
      .map(({ threshold }) => threshold)
  assert.deepEqual(thresholdsBy(0), [0, 0, 0, 0])
  assert.deepEqual(thresholdsBy(0.9, 0.7), [0.9, 0.7, 0.7, 0.7])
  // The last submodel's manifest says that its exit is the fifth.
  assert.deepEqual(thresholdsBy(0.9, 0.7, 0.6, 2, 3, 4), [0.9, 0.7, 0.6, 3])
  const [[first] = []] = withThresholds(rules, [0.1])
  assert.deepEqual(first, { ...rules[0]?.[0], threshold: 0.1 })
})

test('what the engine found an exit to give holds where the manifest is silent', () => {
  const options = { confidence: undefined, threshold: undefined }
  const rules = resolveRules([bare, fitted], [1, 1], options, [
    ['probabilities'],
    ['probabilities'],
  ])
  assert.deepEqual(
    rules.flat().map(({ gives }) => gives),
    ['probabilities', 'logits'],
  )
})
