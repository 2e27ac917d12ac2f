import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dequantise, quantise } from '../../src/domain/quantise.ts'

const back = (values: readonly number[]) => dequantise(quantise(Float32Array.from(values)))

test('every value comes back within half a step, and the ends of the range within one', () => {
  const values = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i * 1.7) * 3 - 1)
  const quantised = quantise(values)
  const restored = dequantise(quantised)
  const range = Math.max(...values) - Math.min(...values)
  assert.ok(Math.abs(quantised.scale - range / 255) < 1e-6)
  for (const [i, value] of values.entries()) {
    // The zero point is a whole number, so the range is moved by up to half a step.
    assert.ok(Math.abs((restored[i] as number) - value) <= quantised.scale * 1.001, String(i))
  }
})

test('zeros of a ReLU stay exactly zero', () => {
  const { data, scale, zeroPoint } = quantise(Float32Array.of(0, 1.3, 0, 2.55, 0.004))
  assert.equal(zeroPoint, -128)
  assert.deepEqual([...data], [-128, 2, -128, 127, -128])
  assert.ok(Math.abs(scale - 0.01) < 1e-6)
  assert.equal(back([0, 1.3, 0, 2.55])[2], 0)
})

test('a range on one side of zero still holds zero', () => {
  const restored = back([-5, -4, -3])
  assert.ok(Math.abs((restored[0] as number) + 5) < 0.02)
  assert.ok(Math.abs((restored[2] as number) + 3) < 0.02)
})

test('all zeros, no values and values too small for float32 come back as zeros', () => {
  assert.deepEqual([...back([0, 0, 0])], [0, 0, 0])
  assert.deepEqual([...back([])], [])
  assert.deepEqual([...back([1e-44, 0])], [0, 0])
})

test('infinities take the ends of the finite range, NaN becomes 0', () => {
  const restored = back([Infinity, -Infinity, Number.NaN, 2, -1])
  assert.ok(Math.abs((restored[0] as number) - 2) < 0.02)
  assert.ok(Math.abs((restored[1] as number) + 1) < 0.02)
  assert.equal(restored[2], 0)
})
