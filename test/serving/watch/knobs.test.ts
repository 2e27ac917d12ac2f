// Thresholds as they were turned: which of them hold here, and which travel on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
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
  assert.deepEqual([knobs.own, knobs.front], [[0.3, 0.7, 0.6], undefined])
})

test('an exit in front is sent along, with all others as their tiers have them', () => {
  const knobs = knobsOf()
  knobs.turn(1, 0.99)
  assert.deepEqual([knobs.own, knobs.front], [undefined, [0.8, 0.99, 0.6]])
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
