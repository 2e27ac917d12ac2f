import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classMetricsOf, confusionOf } from '../../../src/lab/evaluation/confusion.ts'

// Truth and prediction of ten samples of three classes; the last one has no prediction.
const predictions = [
  [0, 0],
  [0, 0],
  [0, 1],
  [0, 2],
  [1, 1],
  [1, 1],
  [1, 0],
  [2, 2],
  [2, 1],
  [2, -1],
].map(([label = -1, prediction = -1]) => ({ label, prediction }))

test('rows are truths, columns predictions, and no prediction is in no column', () => {
  assert.deepEqual(confusionOf(predictions, 3), [
    [2, 1, 1],
    [1, 2, 0],
    [0, 1, 1],
  ])
})

test('precision, recall and F1 are those counted by hand', () => {
  const [a, b, c] = classMetricsOf(predictions, ['a', 'b', 'c'])
  assert.deepEqual(a, { label: 'a', samples: 4, precision: 2 / 3, recall: 2 / 4, f1: 4 / 7 })
  assert.deepEqual(b, { label: 'b', samples: 3, precision: 2 / 4, recall: 2 / 3, f1: 4 / 7 })
  // The sample without a prediction counts against recall.
  assert.deepEqual(c, { label: 'c', samples: 3, precision: 1 / 2, recall: 1 / 3, f1: 2 / 5 })
})

test('a class without samples has no recall, one that is never predicted no precision', () => {
  const [, seen, unseen] = classMetricsOf([{ label: 1, prediction: 0 }], ['a', 'b', 'c'])
  assert.ok(Number.isNaN(seen?.precision))
  assert.equal(seen?.recall, 0)
  assert.ok(Number.isNaN(unseen?.recall))
  assert.ok(Number.isNaN(unseen?.f1))
})
