// Exact tails and bounds against sums by hand and the tables of Clopper and Pearson.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../helpers/property.ts'
import { binomialCdf, samplesNeeded, upperBound } from '../../src/domain/binomial.ts'

const close = (a: number, b: number, by = 1e-10) => assert.ok(Math.abs(a - b) <= by, `${a}, ${b}`)

test('a tail of few trials is the sum of its terms', () => {
  // (1 + 10 + 45) / 2^10
  close(binomialCdf(2, 10, 0.5), 56 / 1024)
  close(binomialCdf(0, 20, 0.1), 0.9 ** 20)
  close(binomialCdf(19, 20, 0.1), 1 - 0.1 ** 20)
  assert.equal(binomialCdf(-1, 5, 0.5), 0)
  assert.equal(binomialCdf(5, 5, 0.5), 1)
})

test('both tails meet, however many trials', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 1e-4, max: 0.9999, noNaN: true }),
      (samples, part, rate) => {
        const errors = Math.floor(part * samples)
        const lower = binomialCdf(errors, samples, rate)
        const upper = binomialCdf(samples - errors - 1, samples, 1 - rate)
        assert.ok(lower >= 0 && lower <= 1)
        close(lower + upper, 1, 1e-9)
      },
    ),
  )
})

test('the bound of known cases is that of the tables', () => {
  // One-sided 95 %: no error in n is 1 - .05^(1/n); 5 of 100 is .1023 (qbeta(.95, 6, 95)).
  close(upperBound(0, 598, 0.95), 1 - 0.05 ** (1 / 598))
  close(upperBound(5, 100, 0.95), 0.10225, 5e-5)
  assert.equal(upperBound(3, 3, 0.95), 1)
  assert.equal(upperBound(0, 0, 0.95), 1)
})

test('at its bound the observed errors are as rare as the confidence says', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      (samples, part) => {
        const errors = Math.min(samples - 1, Math.floor(part * samples))
        close(binomialCdf(errors, samples, upperBound(errors, samples, 0.95)), 0.05, 1e-6)
      },
    ),
  )
})

test('598 samples without an error prove half a point at confidence 0.95, and more are needed with errors', () => {
  assert.equal(samplesNeeded(0.005, 0.95, 0), 598)
  const needed = samplesNeeded(0.005, 0.95, 0.002)
  assert.ok(needed > 598 && needed < 10_000)
  assert.ok(binomialCdf(Math.ceil(0.002 * needed), needed, 0.005) <= 0.05)
  assert.equal(samplesNeeded(0.005, 0.95, 0.005), Infinity)
  assert.equal(samplesNeeded(0, 0.95, 0), Infinity)
})
