import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { findRate } from '../../../src/lab/bench/find-rate.ts'
import type { BenchRow } from '../../../src/lab/bench/result.ts'

const latency = { mean: 0, p50: 0, p90: 0, p95: 0, p99: 0, max: 0, curve: [] }
const search = { boundMs: 100, precision: 0.05, trials: 60 }

/** A contestant that keeps the bound up to a rate, and fails a sample above another. */
async function searchFor(limit: number, firstRate: number, failsFrom = Infinity) {
  const rows: BenchRow[] = []
  const trial = (rate: number): Promise<BenchRow> =>
    Promise.resolve({
      contestant: 'ddnn',
      scenario: 'server',
      round: 1,
      inFlight: undefined,
      rate,
      isHeld: undefined,
      samples: 100,
      failures: rate >= failsFrom ? { DDNN_OVERLOADED: 1 } : {},
      seconds: 1,
      imagesPerSecond: rate,
      latency: { ...latency, p99: rate <= limit ? 100 : 100.1 },
      cpuMs: {},
      bytes: {},
      parts: [],
      exits: {},
      accuracy: undefined,
    })
  await findRate({ ...search, firstRate }, trial, (row) => rows.push(row))
  return rows
}

const highestHeld = (rows: readonly BenchRow[]) =>
  Math.max(0, ...rows.filter(({ isHeld }) => isHeld).map(({ rate = 0 }) => rate))

test('The search comes within its precision of the highest rate that holds, wherever it begins', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: 0.5, max: 5000, noNaN: true }),
      fc.double({ min: 0.1, max: 10_000, noNaN: true }),
      async (limit, firstRate) => {
        const found = highestHeld(await searchFor(limit, firstRate))
        assert.ok(found <= limit && found * 1.051 >= limit, `${found} of ${limit}`)
      },
    ),
    { seed: 5, numRuns: 100 },
  )
})

test('A sample that fails breaks the bound, however fast the others are', async () => {
  const rows = await searchFor(1e6, 10, 50)
  assert.ok(highestHeld(rows) < 50)
  assert.ok(rows.some(({ isHeld, rate = 0 }) => isHeld === false && rate >= 50))
})

test('A contestant that holds no rate ends after the trials that it has', async () => {
  const rows = await searchFor(0, 100)
  assert.equal(rows.length, search.trials)
  assert.ok(rows.every(({ isHeld }) => isHeld === false))
})
