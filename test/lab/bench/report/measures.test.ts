// What is read off the rows of a bench: medians, the rate that held, ratios of rounds.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../../helpers/property.ts'
import { heldRateOf, loadGroups } from '../../../../src/lab/bench/report/groups.ts'
import {
  cpuOf,
  failureCounts,
  judgedBy,
  pairedRatio,
} from '../../../../src/lab/bench/report/measures.ts'
import { describeRatio, medianOf, shortNumber } from '../../../../src/lab/bench/report/numbers.ts'
import { latencyOf, resultOf, rowOf } from './results.ts'

test('a median has as many values below as above, whatever their order, and ignores what is no number', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }),
      (values) => {
        const median = medianOf([...values, Number.NaN, undefined])
        assert.ok(values.filter((value) => value < median).length <= values.length / 2)
        assert.ok(values.filter((value) => value > median).length <= values.length / 2)
        assert.equal(medianOf(values.toReversed()), median)
      },
    ),
  )
  assert.ok(Number.isNaN(medianOf([])))
})

test('a ratio is the median of the ratios of rounds, not a ratio of medians', () => {
  const rows = (contestant: string, times: readonly number[]) =>
    times.map((ms, i) => rowOf({ contestant, round: i + 1, latency: latencyOf(ms) }))
  // Of each round 2, 2 and 1; of the medians 20 / 30.
  const own = rows('ddnn', [20, 60, 10])
  const other = rows('bare chain', [10, 30, 40])
  assert.equal(
    pairedRatio(own, other.toReversed(), ({ latency }) => latency.p50),
    2,
  )
})

test('a round that only one of two ran is in no ratio', () => {
  const own = [1, 2, 3].map((round) => rowOf({ round, imagesPerSecond: round * 10 }))
  const other = [rowOf({ round: 3, imagesPerSecond: 15 })]
  assert.equal(
    pairedRatio(own, other, ({ imagesPerSecond }) => imagesPerSecond),
    2,
  )
  assert.ok(Number.isNaN(pairedRatio(own, [], ({ imagesPerSecond }) => imagesPerSecond)))
})

test('a server is shown at the highest rate that held its bound in each round', () => {
  const server = (round: number, rate: number, isHeld: boolean) =>
    rowOf({ scenario: 'server', round, rate, isHeld })
  const result = resultOf([
    ...[server(1, 40, true), server(1, 80, false), server(1, 20, true)],
    ...[server(2, 30, true), server(2, 60, true)],
    ...[server(3, 40, false), server(3, 20, false)],
  ])
  const [group] = loadGroups(result)
  const rows = group?.runs.get('ddnn') ?? []
  assert.deepEqual(
    rows.map((row) => [row.round, row.rate, heldRateOf(row)]),
    [
      [1, 40, 40],
      [2, 60, 60],
      [3, 20, 0],
    ],
  )
  assert.equal(judgedBy(rows), '40.0 /s held')
  assert.equal(judgedBy(rows.slice(2)), 'no rate held')
})

test('loads stand in the order of scenarios, then of numbers in flight', () => {
  const result = resultOf([
    ...[64, 1, 16].map((inFlight) => rowOf({ scenario: 'concurrency', inFlight })),
    ...(['offline', 'server', 'multi-stream', 'single-stream'] as const).map((scenario) =>
      rowOf({ scenario }),
    ),
  ])
  assert.deepEqual(
    loadGroups(result).map(({ label }) => label),
    [
      ...['single-stream', 'multi-stream', 'server', 'offline'],
      ...['1 in flight', '16 in flight', '64 in flight'],
    ],
  )
})

test('each scenario is judged by what MLPerf judges it by', () => {
  assert.equal(judgedBy([rowOf()]), 'p90 30.0 ms')
  assert.equal(judgedBy([rowOf({ scenario: 'multi-stream' })]), 'p99 36.0 ms')
  assert.equal(judgedBy([rowOf({ scenario: 'offline' })]), '50.0 /s')
  assert.equal(judgedBy([rowOf({ scenario: 'concurrency', inFlight: 4 })]), '')
})

test('what failed is summed over rounds, and CPU that was not read is not 0', () => {
  const rows = [rowOf({ failures: { timeout: 2 } }), rowOf({ failures: { timeout: 1, late: 1 } })]
  assert.deepEqual(Object.fromEntries(failureCounts(rows)), { timeout: 3, late: 1 })
  assert.ok(Number.isNaN(cpuOf(rowOf({ cpuMs: {} }))))
  assert.equal(cpuOf(rowOf()), 14)
})

test('numbers have three digits that count', () => {
  const shown = [0, 0.12345, 0.9996, 4.5678, 9.996, 99.96, 1234.5, Number.NaN].map(shortNumber)
  assert.deepEqual(shown, ['0.00', '0.123', '1.00', '4.57', '10.0', '100', '1,235', '-'])
  assert.deepEqual([1.284, 0.25, 1 / 75, 0].map(describeRatio), [
    '1.28 x',
    '0.250 x',
    '1/75',
    '0.00 x',
  ])
})
