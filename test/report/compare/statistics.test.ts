// The statistics of reports against numbers of papers and by hand; test/peers holds them against SciPy.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shareOf } from '../../../src/domain/share.ts'
import { percentileDifferences } from '../../../src/report/compare/bootstrap.ts'
import { ecdfOf, latencyOf, sortedTimes } from '../../../src/report/compare/latency.ts'
import {
  independentDifference,
  pairedDifference,
} from '../../../src/report/compare/share-difference.ts'
import { fc } from '../../helpers/property.ts'

const near = (got: number, expected: number, digits = 4) =>
  assert.ok(Math.abs(got - expected) < 0.5 * 10 ** -digits, `${got} is ${expected}`)

test('a paired difference has the interval of Bonett and Price and the exact test of McNemar', () => {
  // Of 100 images 10 were right in the first run alone, 20 in the second. By hand: 11/102 = 0.10784, 21/102 = 0.20588;
  // their difference is 0.09804, its variance (0.31373 - 0.00961) / 102 = 0.0029815, 1.96 of its root 0.10702.
  const { difference, low, high, p } = pairedDifference(10, 20, 100)
  near(difference, 0.1)
  near(low, -0.00898)
  near(high, 0.20506)
  // Twice P(X <= 10) of 30 throws of a coin: 2 * 53,009,102 / 2 ** 30.
  near(p, (2 * 53_009_102) / 2 ** 30, 9)
})

test('where nothing differs chance explains all, and the interval still has a width', () => {
  const { difference, low, high, p } = pairedDifference(0, 0, 50)
  assert.equal(difference, 0)
  assert.equal(p, 1)
  assert.ok(low < 0 && high > 0)
})

test("a difference of two samples has Newcombe's interval: 56 of 70 less 48 of 80 in his table", () => {
  const { difference, low, high } = independentDifference(shareOf(48, 80), shareOf(56, 70))
  near(difference, 0.2)
  near(low, 0.0524)
  near(high, 0.3339)
})

test('of none nothing is known of a difference, whichever sample has none', () => {
  const [none, some] = [shareOf(0, 0), shareOf(3, 4)]
  for (const [first, second] of [
    [none, some],
    [some, none],
    [none, none],
  ] as const) {
    const { difference, low, high } = independentDifference(first, second)
    assert.ok(Number.isNaN(difference))
    assert.deepEqual([low, high], [-1, 1])
  }
})

test('a difference turned around has the other sign', () => {
  const counts = fc.tuple(fc.nat(300), fc.nat(300), fc.nat(300))
  fc.assert(
    fc.property(counts, ([first, second, both]) => {
      const of = first + second + both
      const there = pairedDifference(first, second, of)
      const back = pairedDifference(second, first, of)
      if (of === 0) return
      near(there.difference, -back.difference, 12)
      near(there.low, -back.high, 12)
      near(there.p, back.p, 12)
      assert.ok(there.low <= there.high && there.p <= 1)
    }),
  )
})

test('percentiles that all move alike differ by that, whatever is drawn', () => {
  const times = Float64Array.from({ length: 40 }, (_, i) => (i * 7) % 40)
  const later = times.map((time) => time + 5)
  for (const { difference, low, high } of percentileDifferences(times, later, [50, 95])) {
    // Pairs are drawn together, so that nothing is left to chance.
    assert.deepEqual([difference, low, high], [5, 5, 5])
  }
  assert.deepEqual(percentileDifferences(new Float64Array(), new Float64Array(), [50]), [])
})

test('percentiles are times that were measured, by nearest rank', () => {
  // Of 20 times the 10th, the 18th, the 19th and the 20th.
  const latency = latencyOf(sortedTimes([...Array(20).keys()].map((i) => 20 - i)))
  assert.deepEqual(latency, { count: 20, p50: 10, p90: 18, p95: 19, p99: 20, max: 20 })
  assert.equal(latencyOf(sortedTimes([undefined])), undefined)
})

test('the curve of few times goes through each; that of many has few corners and the same ends', () => {
  assert.deepEqual(ecdfOf(sortedTimes([4, 1, 1, 2])), [
    [1, 0],
    [1, 0.25],
    [1, 0.25],
    [1, 0.5],
    [2, 0.5],
    [2, 0.75],
    [4, 0.75],
    [4, 1],
  ])
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 1e-3, max: 1e5, noNaN: true }), { minLength: 1, maxLength: 3000 }),
      (times) => {
        const sorted = sortedTimes(times)
        const curve = ecdfOf(sorted)
        assert.ok(curve.length <= 400)
        assert.equal(curve.at(0)?.[0], sorted[0])
        assert.deepEqual(curve.at(-1), [sorted.at(-1), 1])
        for (const [i, [ms, share]] of curve.entries()) {
          const [before, below] = curve[i - 1] ?? [0, 0]
          assert.ok(ms >= before && share >= below)
        }
      },
    ),
    { numRuns: 30 },
  )
})
