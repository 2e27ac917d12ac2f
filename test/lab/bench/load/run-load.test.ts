import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fc } from '../../../helpers/property.ts'
import { poissonArrivals } from '../../../../src/lab/bench/load/arrivals.ts'
import type { Answered, Load } from '../../../../src/lab/bench/load/load.ts'
import { runLoad } from '../../../../src/lab/bench/load/run-load.ts'

/** A client that answers after `ms` and notes how many were under way. */
function slowClient(ms: number, maxInFlight = Infinity) {
  const seen = { open: 0, most: 0, indices: [] as number[] }
  return {
    seen,
    maxInFlight,
    ask: async (index: number) => {
      seen.open++
      seen.most = Math.max(seen.most, seen.open)
      seen.indices.push(index)
      await sleep(ms)
      seen.open--
      return { exit: 'edge', prediction: index }
    },
  }
}

const maxSeconds = 30
const scheduled = ({ answered }: { readonly answered: readonly Answered[] }) =>
  answered.map(({ scheduledMs }) => scheduledMs)

describe('The load generator', () => {
  test('has one sample under way in single-stream, and goes round the images', async () => {
    const client = slowClient(1)
    const { answered } = await runLoad(
      client,
      { scenario: 'single-stream', samples: 7, maxSeconds },
      3,
    )
    assert.equal(client.seen.most, 1)
    assert.deepEqual(client.seen.indices, [0, 1, 2, 0, 1, 2, 0])
    assert.deepEqual(
      answered.map(({ sample }) => sample),
      [0, 1, 2, 3, 4, 5, 6],
    )
  })

  test('asks all samples of a multi-stream query together, and no next query before its end', async () => {
    const client = slowClient(5)
    const load = { scenario: 'multi-stream', samples: 10, samplesPerQuery: 4, maxSeconds } as const
    const { answered } = await runLoad(client, load, 100)
    assert.equal(client.seen.most, 4)
    const due = new Map<number, Set<number>>()
    for (const { sample, scheduledMs } of answered) {
      const query = Math.floor(sample / 4)
      due.set(query, (due.get(query) ?? new Set()).add(scheduledMs))
    }
    assert.deepEqual(
      [...due.values()].map(({ size }) => size),
      [1, 1, 1],
    )
    for (const { sample, sentMs } of answered.filter(({ sample }) => sample >= 4)) {
      const before = answered.filter((one) => Math.floor(one.sample / 4) < Math.floor(sample / 4))
      for (const one of before) assert.ok(one.answeredMs <= sentMs)
    }
  })

  test('keeps as many under way as concurrency says', async () => {
    const client = slowClient(2)
    await runLoad(client, { scenario: 'concurrency', samples: 40, inFlight: 8, maxSeconds }, 5)
    assert.equal(client.seen.most, 8)
    assert.equal(client.seen.indices.length, 40)
  })

  test('is due at 0 for all of offline, however many the client takes at once', async () => {
    const client = slowClient(1, 3)
    const run = await runLoad(client, { scenario: 'offline', samples: 12, maxSeconds }, 12)
    assert.equal(client.seen.most, 3)
    assert.deepEqual(new Set(scheduled(run)), new Set([0]))
  })

  test('counts the wait for a place in a server sample, which is sent late', async () => {
    const client = slowClient(20, 1)
    const load = { scenario: 'server', samples: 6, rate: 1000, seed: 3, maxSeconds } as const
    const { answered } = await runLoad(client, load, 6)
    assert.deepEqual(scheduled({ answered }), [...poissonArrivals(6, 1000, 3)])
    const last = answered.at(-1) as Answered
    // Five before it took 20 ms each, one after the other.
    assert.ok(last.answeredMs - last.scheduledMs >= 100)
  })

  test('stops sending when its time is over, and waits for what is under way', async () => {
    const client = slowClient(30)
    const load: Load = { scenario: 'concurrency', samples: 1e6, inFlight: 2, maxSeconds: 0.05 }
    const { answered } = await runLoad(client, load, 10)
    assert.ok(answered.length >= 2 && answered.length < 100)
    assert.equal(client.seen.open, 0)
  })

  test('counts a failure by its code, and goes on', async () => {
    const client = {
      maxInFlight: 1,
      ask: (index: number) =>
        index === 1
          ? Promise.reject(Object.assign(new Error('no'), { code: 'DDNN_REPLY_TIMEOUT' }))
          : Promise.resolve({ exit: 'edge' }),
    }
    const { answered } = await runLoad(
      client,
      { scenario: 'single-stream', samples: 3, maxSeconds },
      3,
    )
    assert.deepEqual(
      answered.map(({ failure }) => failure),
      [undefined, 'DDNN_REPLY_TIMEOUT', undefined],
    )
  })
})

describe('Poisson arrivals', () => {
  test('are the same for the same seed, ascend, and come at the rate asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.integer({ min: 1, max: 5000 }),
        (seed, rate) => {
          const times = poissonArrivals(4000, rate, seed)
          assert.deepEqual(times, poissonArrivals(4000, rate, seed))
          assert.ok(times.every((at, i) => i === 0 || at >= (times[i - 1] as number)))
          const mean = (times.at(-1) as number) / 3999
          // Four standard errors of a mean of 4,000 exponential gaps.
          assert.ok(Math.abs((mean * rate) / 1000 - 1) < 4 / Math.sqrt(4000) + 0.01)
        },
      ),
      { numRuns: 30, seed: 7 },
    )
  })

  test('have gaps that vary as much as their mean', () => {
    const times = poissonArrivals(20_000, 100, 1)
    const gaps = Array.from(times.subarray(1), (at, i) => at - (times[i] as number))
    const mean = gaps.reduce((a, b) => a + b) / gaps.length
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length)
    assert.ok(Math.abs(deviation / mean - 1) < 0.05)
  })
})
