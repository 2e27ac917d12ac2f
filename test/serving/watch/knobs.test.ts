// Thresholds as they were turned: which of them hold here, and which travel on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ExitRule } from '../../../src/domain/exit.ts'
import { withThresholds } from '../../../src/domain/rules.ts'
import { createKnobs } from '../../../src/serving/watch/knobs.ts'

const exit = (index: number, threshold: number | undefined) => ({
  index,
  threshold,
  accuracy: undefined,
  multiplyAdds: undefined,
})
const knobsOf = () => {
  const knobs = createKnobs()
  knobs.knows([exit(0, 0.8)], [exit(1, 0.7), exit(2, 0.6)])
  return knobs
}

test('while nobody turns, requests carry nothing', () => {
  const { own, front } = knobsOf()
  assert.deepEqual([own, front], [undefined, undefined])
})

test('an exit of this process holds here, and nothing is sent along for it', () => {
  const knobs = knobsOf()
  knobs.turn(0, 0.3)
  assert.deepEqual([knobs.own, knobs.front], [[0.3, undefined], undefined])
})

test('an exit in front is sent along, with all others as their tiers have them', () => {
  const knobs = knobsOf()
  knobs.turn(1, 0.99)
  assert.deepEqual(knobs.front, [0.8, 0.99, 0.6])
})

test('null gives an exit its own back', () => {
  const knobs = knobsOf()
  knobs.turn(1, 0.99)
  knobs.turn(1, null)
  assert.deepEqual([knobs.own, knobs.front, knobs.turnedAt(1)], [undefined, undefined, undefined])
})

test('what tiers tell later, of another calibration, is taken', () => {
  const knobs = knobsOf()
  knobs.turn(1, 0.99)
  knobs.knows([exit(0, 0.5)], [exit(1, 0.7), exit(2, 0.4)])
  assert.deepEqual(knobs.front, [0.5, 0.99, 0.4])
})

test('exits here that nobody turned keep what their models say, whatever is reloaded', () => {
  const rule = (index: number, threshold: number): ExitRule => ({
    ...{ exit: index, threshold, confidence: 'softmax', gives: 'logits', temperature: 1 },
  })
  const knobs = knobsOf()
  knobs.turn(1, 0.5)
  const own = knobs.own ?? assert.fail('nothing turned')
  const decided = withThresholds([[rule(0, 0.8)], [rule(1, 0.7), rule(2, 0.95)]], own)
  assert.deepEqual(
    decided.map((ofStage) => ofStage.map(({ threshold }) => threshold)),
    [[0.8], [0.5, 0.95]],
  )
})

test('a front that tells no thresholds, or exits that no request could name, is asked with none', () => {
  const knobs = knobsOf()
  knobs.turn(1, 0.99)
  knobs.knows([exit(0, 0.8)], [exit(1, undefined), exit(2, undefined)])
  assert.equal(knobs.front, undefined)
  for (const index of [5e9, 64, 1.5, -1]) {
    knobs.knows([exit(0, 0.8)], [exit(1, 0.7), exit(index, 0.6)])
    assert.equal(knobs.front, undefined, String(index))
  }
})
