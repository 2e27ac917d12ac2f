import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shareOf } from '../../src/domain/share.ts'

// Newcombe 1998, table I, method 3 (Wilson's score without continuity correction).
const published: readonly [count: number, of: number, low: number, high: number][] = [
  [81, 263, 0.2553, 0.3662],
  [15, 148, 0.0624, 0.1605],
  [0, 20, 0, 0.1611],
  [1, 29, 0.0061, 0.1718],
]

for (const [count, of, low, high] of published) {
  test(`${count} of ${of} is from ${low} to ${high} at 95 %`, () => {
    const share = shareOf(count, of)
    assert.equal(share.share, count / of)
    assert.ok(Math.abs(share.low - low) < 5e-5, String(share.low))
    assert.ok(Math.abs(share.high - high) < 5e-5, String(share.high))
  })
}

test('all of some end at exactly 1, and mirror none of them', () => {
  const all = shareOf(20, 20)
  const none = shareOf(0, 20)
  assert.equal(all.high, 1)
  assert.equal(none.low, 0)
  assert.ok(Math.abs(all.low - (1 - none.high)) < 1e-12)
})

test('a share of nothing is NaN and may be anything', () => {
  const { share, low, high } = shareOf(0, 0)
  assert.ok(Number.isNaN(share))
  assert.deepEqual([low, high], [0, 1])
})
