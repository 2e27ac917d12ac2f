import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fc } from '../../helpers/property.ts'
import { createChannel } from '../../../src/lab/links/channel.ts'

describe('a channel', () => {
  it('delivers in order, never before the delay and the time that all bytes so far take', async () => {
    const options = fc.record({
      delayMs: fc.integer({ min: 0, max: 8 }),
      bitsPerSecond: fc.integer({ min: 8e6, max: 1e9 }),
    })
    const sizes = fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 10 })
    await fc.assert(
      fc.asyncProperty(options, sizes, async ({ delayMs, bitsPerSecond }, messages) => {
        const channel = createChannel({ delayMs, bitsPerSecond })
        const start = performance.now()
        let bytes = 0
        const order: number[] = []
        const waits = messages.map((size, i) => {
          bytes += size
          const earliest = start + delayMs + (bytes * 8000) / bitsPerSecond
          return new Promise<{ readonly isEarly: boolean; readonly pieces: readonly number[] }>(
            (resolve) => {
              const pieces: number[] = []
              channel.send(size, (from, to) => {
                pieces.push(from, to)
                if (to < size) return
                order.push(i)
                resolve({ isEarly: performance.now() < earliest - 1e-6, pieces })
              })
            },
          )
        })
        for (const { isEarly, pieces } of await Promise.all(waits)) {
          assert.ok(!isEarly)
          // Each piece begins where the one before ended.
          assert.equal(pieces[0], 0)
          for (let at = 2; at < pieces.length; at += 2) assert.equal(pieces[at], pieces[at - 1])
        }
        assert.deepEqual(order, [...messages.keys()])
        assert.equal(channel.bytes, bytes)
      }),
      { numRuns: 25 },
    )
  })

  it('has room for what fits the link, and again once bytes have arrived', async () => {
    const channel = createChannel({ delayMs: 10, bitsPerSecond: 80e6 })
    await channel.room()
    let arrived = false
    channel.send(1_000_000, (_, end) => (arrived ||= end >= 500_000))
    await channel.room()
    assert.ok(arrived)
  })

  it('without a rate bytes take the delay alone', async () => {
    const channel = createChannel({ delayMs: 0, bitsPerSecond: Infinity })
    await new Promise<void>((resolve) => {
      channel.send(1e6, (_, end) => {
        if (end === 1e6) resolve()
      })
    })
    await channel.room()
  })
})
