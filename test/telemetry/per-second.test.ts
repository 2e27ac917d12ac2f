// Rates over the last five seconds, by a clock that is turned by hand.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PerSecond } from '../../src/telemetry/metrics/per-second.ts'

function scene() {
  let now = 1000
  const rate = new PerSecond(() => now)
  return { rate, wait: (ms: number) => (now += ms) }
}

test('a steady rate is told as it is', () => {
  const { rate, wait } = scene()
  for (let i = 0; i < 200; i += 1) {
    rate.add(2)
    wait(50)
  }
  assert.ok(Math.abs(rate.rate - 40) < 2, String(rate.rate))
})

test('what stopped is forgotten after six seconds, however long the pause', () => {
  for (const pauseMs of [6001, 60_000, 1e9]) {
    const { rate, wait } = scene()
    rate.add(100)
    wait(pauseMs)
    assert.equal(rate.rate, 0, String(pauseMs))
    rate.add(5)
    wait(1000)
    assert.ok(rate.rate > 0)
  }
})

test('a young one counts the time since it began, a second at least', () => {
  const { rate, wait } = scene()
  rate.add(10)
  assert.equal(rate.rate, 10)
  wait(2000)
  assert.equal(rate.rate, 5)
})
