// The exact test of accuracy lost, on the same samples: held against sums over all outcomes, and against its promise.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logFactorial } from '../../src/domain/log-factorial.ts'
import { pairedLossBound, pairedLossPValue, pairsNeeded } from '../../src/domain/paired-loss.ts'

/** The chance of each outcome of `of` samples, gained at `rate` and harmed at `rate + limit`. */
function* outcomes(of: number, rate: number, limit: number) {
  for (let gained = 0; gained <= of; gained++) {
    for (let harmed = 0; harmed + gained <= of; harmed++) {
      const rest = of - gained - harmed
      const ways =
        logFactorial(of) - logFactorial(gained) - logFactorial(harmed) - logFactorial(rest)
      const chance =
        Math.exp(ways) * rate ** gained * (rate + limit) ** harmed * (1 - 2 * rate - limit) ** rest
      yield { harmed, gained, chance }
    }
  }
}

for (const limit of [0.03, 0.1, 0.4]) {
  test(`a loss of ${limit} is taken for less in at most 5 of 100, whatever the rates behind it`, () => {
    const of = 40
    const accepted = new Map<string, boolean>()
    for (const { harmed, gained } of outcomes(of, 0.1, limit)) {
      const isAccepted = pairedLossPValue({ harmed, gained, of }, limit, 0.95) <= 0.05
      accepted.set(`${harmed} ${gained}`, isAccepted)
    }
    let most = 0
    for (let i = 0; i <= 60; i++) {
      const rate = (i / 60) * ((1 - limit) / 2)
      let wrongly = 0
      for (const { harmed, gained, chance } of outcomes(of, rate, limit)) {
        if (accepted.get(`${harmed} ${gained}`) === true) wrongly += chance
      }
      most = Math.max(most, wrongly)
    }
    assert.ok(most <= 0.05, String(most))
    // It gives away little of what it may be wrong.
    if (limit >= 0.1) assert.ok(most > 0.02, String(most))
  })
}

test('its bound is the limit at which its p-value is what is left of the confidence', () => {
  for (const count of [
    { harmed: 12, gained: 10, of: 2000 },
    { harmed: 0, gained: 0, of: 600 },
    { harmed: 3, gained: 25, of: 500 },
  ]) {
    const bound = pairedLossBound(count, 0.95)
    assert.ok(pairedLossPValue(count, bound, 0.95) <= 0.05)
    assert.ok(pairedLossPValue(count, bound - 2e-5, 0.95) > 0.05)
  }
})

test('with many samples it is near to the normal bound of the difference', () => {
  const count = { harmed: 60, gained: 52, of: 4000 }
  const observed = 8 / 4000
  const deviation = Math.sqrt((112 / 4000 - observed ** 2) / 4000)
  const normal = observed + 1.645 * deviation
  const bound = pairedLossBound(count, 0.95)
  assert.ok(bound > observed && Math.abs(bound - normal) < 0.1 * normal, `${bound}, ${normal}`)
})

test('what the reference alone gets right and what the other alone does pull it apart', () => {
  const of = 1000
  const at = (harmed: number, gained: number) => pairedLossBound({ harmed, gained, of }, 0.95)
  assert.ok(at(10, 10) < at(12, 10))
  assert.ok(at(10, 12) < at(10, 10))
  assert.ok(at(30, 10) < 1 && at(30, 10) > 0.02)
})

test('no samples prove nothing', () => {
  assert.equal(pairedLossPValue({ harmed: 0, gained: 0, of: 0 }, 0.1, 0.95), 1)
  assert.equal(pairedLossBound({ harmed: 0, gained: 0, of: 0 }, 0.95), 1)
})

for (const [limit, confidence] of [
  [0.005, 0.95],
  [0.02, 0.95],
  [0.1, 0.8],
  [0.01, 0.9999],
] as const) {
  test(`a loss of ${limit} is granted at ${confidence} by as many samples as are said to be needed, by none fewer`, () => {
    const of = pairsNeeded(limit, confidence)
    const p = (samples: number) =>
      pairedLossPValue({ harmed: 0, gained: 0, of: samples }, limit, confidence)
    assert.ok(p(of) <= 1 - confidence && p(of - 1) > 1 - confidence, `${of}: ${p(of)}`)
  })
}
