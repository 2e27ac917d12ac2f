// The criteria on values that can be worked out by hand, and what holds for all values.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../helpers/property.ts'
import {
  argmax,
  confidenceNames,
  confidenceOf as confidenceBy,
  isBounded,
  probabilitiesOf,
  type ConfidenceName,
  type ExitGives,
} from '../../src/domain/confidence.ts'
import { isConfident, judge, type ExitRule } from '../../src/domain/exit.ts'
import { startMemory } from '../../src/domain/exit-memory.ts'

const bounded = confidenceNames.filter(isBounded)
/** Weights by which the learned criterion raises and lowers what softmax says. */
const learned = { bias: -0.5, odds: 0.9, margin: 0.2, entropy: -0.3, energy: 0.05 }
const confidenceOf = (
  values: ArrayLike<number>,
  name: ConfidenceName,
  gives: ExitGives = 'logits',
  t = 1,
) => confidenceBy(values, name, gives, t, learned)
const close = (a: number, b: number, by = 1e-12) => assert.ok(Math.abs(a - b) <= by, `${a}, ${b}`)

const logits = fc.array(fc.double({ min: -40, max: 40, noNaN: true }), {
  minLength: 2,
  maxLength: 12,
})
const temperature = fc.double({ min: 0.05, max: 20, noNaN: true })

test('entropy is 0 for a uniform sample, 1 for a certain one, and known between', () => {
  close(confidenceOf([0.25, 0.25, 0.25, 0.25], 'entropy', 'probabilities'), 0)
  assert.equal(confidenceOf([0, 1, 0], 'entropy', 'probabilities'), 1)
  // H(1/2, 1/2, 0, 0) = log 2, half of log 4.
  close(confidenceOf([0.5, 0.5, 0, 0], 'entropy', 'probabilities'), 0.5)
})

test("a threshold on BranchyNet's entropy T is one on this confidence, 1 - T / log(classes)", () => {
  fc.assert(
    fc.property(logits, fc.double({ min: 0.01, max: 2, noNaN: true }), (values, t) => {
      const p = probabilitiesOf(values, 'logits', 1)
      const entropy = -p.reduce((sum, q) => sum + (q === 0 ? 0 : q * Math.log(q)), 0)
      fc.pre(Math.abs(entropy - t) > 1e-9)
      const least = 1 - t / Math.log(values.length)
      fc.pre(least > 0)
      assert.equal(entropy <= t, confidenceOf(values, 'entropy') >= least)
    }),
  )
})

test('margin is the largest probability less the second', () => {
  close(confidenceOf([0.2, 0.7, 0.1], 'margin', 'probabilities'), 0.5)
  assert.equal(confidenceOf([3, 3, 1], 'margin'), 0)
})

test('one class is certain by every criterion of probabilities', () => {
  for (const name of bounded) assert.equal(confidenceOf([-3], name), 1)
})

test('all but raw lie in [0, 1] at any temperature', () => {
  fc.assert(
    fc.property(logits, temperature, (values, t) => {
      for (const name of bounded) {
        const confidence = confidenceOf(values, name, 'logits', t)
        assert.ok(confidence >= 0 && confidence <= 1, `${name}: ${confidence}`)
      }
    }),
  )
})

test('raising the largest logit never lowers a confidence', () => {
  fc.assert(
    fc.property(logits, fc.double({ min: 0, max: 10, noNaN: true }), (values, more) => {
      const raised = values.with(argmax(values), (values[argmax(values)] as number) + more)
      for (const name of confidenceNames) {
        assert.ok(confidenceOf(raised, name) >= confidenceOf(values, name) - 1e-12, name)
      }
    }),
  )
})

test('a higher temperature never raises a confidence of probabilities, and leaves raw alone', () => {
  fc.assert(
    fc.property(logits, temperature, temperature, (values, a, b) => {
      const [cool, hot] = [Math.min(a, b), Math.max(a, b)]
      for (const name of bounded) {
        const difference =
          confidenceOf(values, name, 'logits', cool) - confidenceOf(values, name, 'logits', hot)
        assert.ok(difference >= -1e-9, `${name}: ${difference}`)
      }
      assert.equal(confidenceOf(values, 'raw', 'logits', a), Math.max(...values))
    }),
  )
})

test('probabilities and their logits give the same confidence, whatever the temperature', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -8, max: 8, noNaN: true }), { minLength: 2, maxLength: 9 }),
      temperature,
      (values, t) => {
        const p = probabilitiesOf(values, 'logits', 1)
        for (const name of bounded) {
          close(
            confidenceOf(p, name, 'probabilities', t),
            confidenceOf(values, name, 'logits', t),
            1e-6,
          )
        }
      },
    ),
  )
})

for (const name of confidenceNames) {
  test(`a sample whose values are not all numbers never leaves by ${name}`, () => {
    const rule: ExitRule = {
      exit: 0,
      confidence: name,
      gives: 'logits',
      temperature: 1,
      threshold: 0,
      learned,
    }
    const broken = name === 'raw' ? [Number.NaN, Number.NaN] : [Number.NaN, 5]
    assert.equal(isConfident(judge(broken, rule, startMemory()), rule), false)
  })
}

test('without weights nothing is learned, and nobody leaves', () => {
  assert.equal(confidenceBy([4, -2], 'learned'), Number.NaN)
})
