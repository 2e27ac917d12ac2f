// The broker's clock as learned from sends.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { BrokerClock } from '../../../src/serving/transport/kafka/cluster/broker-clock.ts'

function manualClock(startMs = 0) {
  let nowMs = startMs
  return { now: () => nowMs, advance: (ms: number) => (nowMs += ms) }
}

test('nothing is known before the first send, nor from a topic that keeps CreateTime', () => {
  const clock = new BrokerClock(manualClock().now)
  assert.equal(clock.nowMs(), undefined)
  assert.equal(clock.ageMs(1000), 0)
  clock.learn(0, 10, -1)
  assert.equal(clock.nowMs(), undefined)
})

test('the time of a send lies in the middle of its round trip and goes on from there', () => {
  const time = manualClock(1000)
  const clock = new BrokerClock(time.now)
  clock.learn(980, 1000, 5000000)
  assert.equal(clock.nowMs(), 5000010)
  time.advance(500)
  assert.equal(clock.nowMs(), 5000510)
  assert.equal(clock.ageMs(5000000), 510)
})

test('the shortest round trip counts, until it is a minute old', () => {
  const time = manualClock(1000)
  const clock = new BrokerClock(time.now)
  clock.learn(990, 1000, 10000)
  clock.learn(0, 1000, 9300)
  assert.equal(clock.nowMs(), 10005)
  time.advance(61_000)
  clock.learn(61_000, 62_000, 200000)
  assert.equal(clock.nowMs(), 200500)
})

test('a broker whose clock was set is believed at once, whichever way it was set', () => {
  for (const [set, now] of [
    [5000, 5500],
    [50000, 50500],
  ] as const) {
    const time = manualClock(1000)
    const clock = new BrokerClock(time.now)
    clock.learn(990, 1000, 10000)
    // A longer round trip than the one before.
    time.advance(1000)
    clock.learn(1000, 2000, set)
    assert.equal(clock.nowMs(), now)
  }
})

test('a sample is due again after a minute and is forgotten after three', () => {
  const time = manualClock(1000)
  const clock = new BrokerClock(time.now)
  assert.equal(clock.isDue, true)
  clock.learn(1000, 1000, 10000)
  assert.equal(clock.isDue, false)
  time.advance(61_000)
  assert.equal(clock.isDue, true)
  assert.equal(clock.ageMs(10000), 61_000)
  time.advance(120_000)
  assert.equal(clock.nowMs(), undefined)
  assert.equal(clock.ageMs(10000), 0)
})

test('a record of the future or without a time has no age', () => {
  const clock = new BrokerClock(manualClock(100).now)
  clock.learn(100, 100, 5000)
  assert.equal(clock.ageMs(6000), 0)
  assert.equal(clock.ageMs(-1), 0)
  assert.equal(clock.ageMs(Number.NaN), 0)
})

test('it is never off by more than half of the round trip', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 1000 }),
      fc.integer({ min: 0, max: 1000 }),
      fc.integer({ min: -1e9, max: 1e9 }),
      (thereMs, backMs, offsetMs) => {
        const brokerEpoch = 1.7e12 + offsetMs
        const sentAtMs = 50
        const receivedAtMs = sentAtMs + thereMs + backMs
        const clock = new BrokerClock(() => receivedAtMs)
        clock.learn(sentAtMs, receivedAtMs, brokerEpoch + sentAtMs + thereMs)
        const error = Math.abs((clock.nowMs() ?? 0) - (brokerEpoch + receivedAtMs))
        assert.ok(error <= (thereMs + backMs) / 2 + 1e-3)
      },
    ),
    { seed: 20250103 },
  )
})
