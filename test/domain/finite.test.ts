// Numbers that are none, wherever they stand.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../helpers/property.ts'
import { findNonFinite, isEveryFinite } from '../../src/domain/finite.ts'

test('float32 values of any bits are finite when each of them is, and the first that is none is found', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          { weight: 9, arbitrary: fc.nat(0x7f7fffff) },
          { weight: 1, arbitrary: fc.nat(0xffffffff) },
        ),
        { maxLength: 30 },
      ),
      (bits) => {
        const values = new Float32Array(Uint32Array.from(bits).buffer)
        const first = values.findIndex((value) => !Number.isFinite(value))
        assert.equal(isEveryFinite(values), first === -1)
        assert.equal(
          findNonFinite(values),
          first === -1 ? undefined : `${values[first]} at ${first}`,
        )
      },
    ),
    { seed: 10, numRuns: 2000 },
  )
})

test('the largest numbers are numbers, also of a double and many together', () => {
  assert.ok(isEveryFinite(new Float32Array(10_000).fill(3.4028234663852886e38)))
  assert.ok(isEveryFinite([Number.MAX_VALUE, -Number.MAX_VALUE, Number.MAX_VALUE]))
  assert.ok(isEveryFinite([]))
  assert.equal(findNonFinite([1, -Infinity, Number.NaN]), '-Infinity at 1')
})

test('all kinds of arrays are looked through to their end', () => {
  for (const none of [Number.NaN, Infinity, -Infinity]) {
    for (let at = 0; at < 9; at++) {
      const numbers = Array.from({ length: 9 }, (_, i) => (i === at ? none : i))
      for (const values of [numbers, Float64Array.from(numbers), Float32Array.from(numbers)]) {
        assert.equal(isEveryFinite(values), false)
        assert.equal(findNonFinite(values), `${none} at ${at}`)
      }
    }
  }
})
