// Bins, errors and curves on numbers that can be worked out by hand, and on perfect calibration.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { createRandom } from '../../../src/domain/random.ts'
import {
  brierOf,
  ece,
  mce,
  reliabilityBins,
  type Judged,
} from '../../../src/lab/evaluation/calibration-error.ts'
import { perfectEce } from '../../../src/lab/evaluation/perfect-calibration.ts'
import { riskCoverage } from '../../../src/lab/evaluation/risk-coverage.ts'

const close = (a: number, b: number, by = 1e-12) => assert.ok(Math.abs(a - b) <= by, `${a}, ${b}`)
const judged = (...pairs: readonly (readonly [number, 0 | 1])[]): Judged[] =>
  pairs.map(([confidence, right]) => ({ confidence, isRight: right === 1 }))

test('bins of equal mass hold as many samples each, those of equal width an equal step', () => {
  const samples = judged([0.1, 0], [0.2, 1], [0.92, 1], [0.94, 0], [0.96, 1], [0.98, 1])
  assert.deepEqual(
    reliabilityBins(samples, 'mass', 2).map(({ count }) => count),
    [3, 3],
  )
  assert.deepEqual(
    reliabilityBins(samples, 'width', 2).map(({ count }) => count),
    [2, 4],
  )
})

test('ECE weighs the gaps of the bins by their samples, MCE takes the largest', () => {
  // Two bins: confidence .2, accuracy .5; confidence .9, accuracy 1.
  const bins = reliabilityBins(judged([0.1, 0], [0.3, 1], [0.8, 1], [1, 1]), 'mass', 2)
  close(ece(bins), (0.3 + 0.1) / 2)
  close(mce(bins), 0.3)
})

test('samples without a confidence are in no bin, and no samples give no error', () => {
  const bins = reliabilityBins(judged([Number.NaN, 1], [0.5, 1]))
  assert.equal(bins.length, 1)
  assert.ok(Number.isNaN(ece(reliabilityBins([]))))
  assert.ok(Number.isNaN(mce([])))
})

test('ECE lies in [0, 1], whatever the bins, and every sample is in one', () => {
  const sample = fc.record({
    confidence: fc.double({ min: 0, max: 1, noNaN: true }),
    isRight: fc.boolean(),
  })
  fc.assert(
    fc.property(
      fc.array(sample, { minLength: 1, maxLength: 60 }),
      fc.constantFrom('mass' as const, 'width' as const),
      fc.integer({ min: 1, max: 20 }),
      (samples, kind, count) => {
        const bins = reliabilityBins(samples, kind, count)
        assert.equal(
          bins.reduce((sum, bin) => sum + bin.count, 0),
          samples.length,
        )
        const error = ece(bins)
        assert.ok(error >= 0 && error <= mce(bins) + 1e-12 && mce(bins) <= 1)
      },
    ),
  )
})

test('the Brier score is 0 for a certain right answer and 2 for a certain wrong one', () => {
  assert.equal(brierOf([0, 1], 1), 0)
  assert.equal(brierOf([0, 1], 0), 2)
})

test('perfect calibration stays below its own 95th percentile in about 95 of 100 sets', () => {
  const random = createRandom(7)
  let below = 0
  for (let set = 0; set < 200; set++) {
    const samples = Array.from({ length: 300 }, () => {
      const confidence = 0.3 + 0.7 * random()
      return { confidence, isRight: random() < confidence }
    })
    const limit = perfectEce(
      samples.map(({ confidence }) => confidence),
      { seed: set, draws: 300 },
    )
    if (ece(reliabilityBins(samples)) <= limit) below++
  }
  // Binomial(200, .95): 180 to 198 in all but a thousandth of cases.
  assert.ok(below >= 180 && below <= 198, `${below} of 200`)
})

test('overconfidence is above what perfect calibration gives, and more samples narrow that', () => {
  const random = createRandom(3)
  const samples = Array.from({ length: 2000 }, () => {
    const confidence = 0.5 + 0.5 * random()
    return { confidence, isRight: random() < confidence - 0.08 }
  })
  const confidences = samples.map(({ confidence }) => confidence)
  assert.ok(ece(reliabilityBins(samples)) > perfectEce(confidences, { seed: 1 }))
  const few = perfectEce(confidences.slice(0, 100), { seed: 1 })
  assert.ok(few > 2 * perfectEce(confidences, { seed: 1 }))
})

test('risk over coverage counts the wrong ones from the surest down', () => {
  const { curve, aurc } = riskCoverage(judged([0.9, 1], [0.8, 0], [0.7, 1], [0.6, 0]))
  assert.deepEqual(
    curve.map(({ coverage }) => coverage),
    [0.25, 0.5, 0.75, 1],
  )
  close(aurc, (0 + 1 / 2 + 1 / 3 + 2 / 4) / 4)
})

test('the area under the curve is least where all wrong ones are the least sure, and ties are even', () => {
  const good = riskCoverage(judged([0.9, 1], [0.8, 1], [0.2, 0])).aurc
  const bad = riskCoverage(judged([0.9, 0], [0.8, 1], [0.2, 1])).aurc
  const tied = riskCoverage(judged([0.5, 0], [0.5, 1], [0.5, 1])).aurc
  assert.ok(good < tied && tied < bad)
  close(tied, riskCoverage(judged([0.5, 1], [0.5, 1], [0.5, 0])).aurc)
  assert.ok(Number.isNaN(riskCoverage([]).aurc))
})
