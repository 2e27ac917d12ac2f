import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../helpers/property.ts'
import { argmax, confidenceOf, softmax } from '../../src/domain/confidence.ts'
import { isConfident, judge, type ExitRule } from '../../src/domain/exit.ts'
import { startMemory } from '../../src/domain/exit-memory.ts'

const rule = (changes: Partial<ExitRule> = {}): ExitRule => ({
  exit: 0,
  confidence: 'softmax',
  gives: 'logits',
  temperature: 1,
  threshold: 0.8,
  ...changes,
})

test('softmax of known logits is what arithmetic gives', () => {
  // e^1, e^2, e^3 over their sum.
  const expected = [0.09003057317038046, 0.24472847105479767, 0.6652409557748219]
  for (const [i, p] of softmax([1, 2, 3]).entries()) {
    assert.ok(Math.abs(p - (expected[i] as number)) < 1e-15)
  }
})

test('softmax neither overflows nor underflows', () => {
  assert.deepEqual([...softmax([1000, 1000])], [0.5, 0.5])
  assert.deepEqual([...softmax([-1000, 0])], [0, 1])
})

test('softmax sums to 1 and keeps the order of the logits at any temperature', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 2, maxLength: 20 }),
      fc.double({ min: 0.05, max: 10, noNaN: true }),
      (logits, temperature) => {
        const probabilities = softmax(logits, temperature)
        const sum = probabilities.reduce((a, b) => a + b, 0)
        assert.ok(Math.abs(sum - 1) < 1e-9)
        assert.equal(probabilities[argmax(logits)], Math.max(...probabilities))
      },
    ),
  )
})

test('a higher temperature lowers the confidence and keeps the prediction', () => {
  const logits = [0, 1, 4]
  const sharp = judge(logits, rule({ temperature: 0.5 }), startMemory())
  const flat = judge(logits, rule({ temperature: 3 }), startMemory())
  assert.ok((sharp.confidence as number) > (flat.confidence as number))
  assert.equal(sharp.prediction, flat.prediction)
})

test('raw confidence is the largest output as it is, as the original compares it', () => {
  assert.equal(confidenceOf([-3, 7.5, 2], 'raw'), 7.5)
})

test('probabilities are not put through a second softmax', () => {
  assert.equal(confidenceOf([0.1, 0.9], 'softmax', 'probabilities'), 0.9)
  const cooled = confidenceOf([0.1, 0.9], 'softmax', 'probabilities', 2)
  // p^(1/2) normalised: 0.9486 / (0.9486 + 0.3162)
  assert.ok(Math.abs(cooled - 0.75) < 1e-12)
})

test('a threshold of 0 always leaves and one above 1 never does under softmax', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 2, maxLength: 9 }),
      (logits) => {
        const always = rule({ threshold: 0 })
        const never = rule({ threshold: 1.01 })
        assert.equal(isConfident(judge(logits, always, startMemory()), always), true)
        assert.equal(isConfident(judge(logits, never, startMemory()), never), false)
      },
    ),
  )
})

test('the confidence that equals the threshold leaves', () => {
  const exact = rule({ confidence: 'raw', threshold: 2 })
  assert.equal(isConfident(judge([1, 2], exact, startMemory()), exact), true)
})

test('values that are not numbers never leave', () => {
  const any = rule({ threshold: 0 })
  assert.equal(isConfident(judge([Number.NaN, Number.NaN], any, startMemory()), any), false)
})

test('the first of equal largest values is the prediction', () => {
  assert.equal(argmax([1, 3, 3]), 1)
  assert.equal(argmax([]), -1)
})
