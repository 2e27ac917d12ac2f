// A tier that decides by another setting of its manifests' path.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placedOnPath } from '../../src/compose/placed-on-path.ts'
import { resolveRules } from '../../src/domain/rules.ts'
import type { SubmodelSpec } from '../../src/domain/submodel.ts'
import type { ThresholdPath } from '../../src/domain/threshold-path.ts'
import { DdnnError } from '../../src/errors.ts'

const point = (...thresholds: (number | null)[]) => ({
  ...{ thresholds, accuracy: 0.9, loss: 0, leave: [0.2, 0.3, 0.5], cost: 0.7 },
})
const path: ThresholdPath = {
  chosen: 2,
  points: [point(null, null), point(null, 0.9), point(0.8, 0.7), point(0.5, 0.6)],
}
const specOf = (index: number, given: ThresholdPath | undefined): SubmodelSpec => ({
  ...{ name: `part${index}`, folder: '/m', format: 'onnx', family: 'f', version: '1' },
  ...{ place: { index, count: 3 }, input: undefined, features: undefined, labels: undefined },
  preprocessing: undefined,
  exits: [
    {
      ...{ index, gives: 'logits', temperature: 1.5, criterion: 'margin', accuracy: undefined },
      threshold: index === 2 ? undefined : 0.75,
    },
  ],
  path: given,
})
const chain = [0, 1, 2].map((index) => specOf(index, path))
const thresholdsAt = (position: number | undefined) =>
  resolveRules(placedOnPath(chain, position), [1, 1, 1], {
    confidence: undefined,
    threshold: undefined,
  })
    .flat()
    .map(({ threshold }) => threshold)

test('each exit gets its threshold of the point, never where none leaves there, and the last keeps its own', () => {
  assert.deepEqual(thresholdsAt(undefined), [0.75, 0.75, 0.8])
  assert.deepEqual(thresholdsAt(0), [2, 2, 0.8])
  assert.deepEqual(thresholdsAt(0.4), [2, 0.9, 0.8])
  assert.deepEqual(thresholdsAt(2 / 3), [0.8, 0.7, 0.8])
  assert.deepEqual(thresholdsAt(1), [0.5, 0.6, 0.8])
})

test('a tier alone finds its own exits on the path of the family', () => {
  const [, fog] = chain
  const placed = placedOnPath(fog === undefined ? [] : [fog], 1)
  assert.equal(placed[0]?.exits?.[0]?.threshold, 0.6)
  assert.equal(placed[0].exits[0]?.criterion, 'margin')
})

test('a manifest without a path is refused by its name', () => {
  assert.throws(
    () => placedOnPath([specOf(0, path), specOf(1, undefined)], 0.5),
    (thrown: unknown) =>
      thrown instanceof DdnnError &&
      thrown.code === 'DDNN_CONFIG_INVALID' &&
      /'part1'/.test(thrown.message),
  )
})
