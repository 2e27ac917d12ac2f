// Numbers that two engines computed in different orders.
import assert from 'node:assert/strict'

/** Compares relative to the largest expected value. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  assert.equal(actual.length, expected.length, what)
  const most = Array.from(expected).reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((actual[i] as number) - (expected[i] as number))
    assert.ok(difference <= tolerance * most, `${what}: value ${i} is off by ${difference}`)
  }
}
