// Images of one channel, before a model that makes images gray.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isGrayOf, repeatGray } from '../../src/domain/gray.ts'
import { toGray } from '../../src/serving/engine/host/image-input.ts'
import { fc } from '../helpers/property.ts'

test('gray values stand three times, and are made gray into what they were', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 50 }), (pixels) => {
      const values = Float32Array.from(pixels, (value) => value / 255)
      const slot = new Float32Array(3 * values.length)
      repeatGray(slot, (gray) => gray.set(values))
      for (const [i, value] of values.entries()) {
        assert.deepEqual([...slot.subarray(3 * i, 3 * i + 3)], [value, value, value])
      }
      const back = toGray(slot, 1 / 255)
      for (const [i, value] of values.entries()) assert.ok(Math.abs((back[i] ?? 0) - value) < 1e-7)
    }),
  )
})

test('one channel of the same area is the gray of an image, and nothing else is', () => {
  assert.ok(isGrayOf([14, 12, 1], [14, 12, 3]))
  for (const shape of [
    [14, 12],
    [14, 12, 3],
    [12, 14, 1],
    [14, 12, 1, 1],
  ]) {
    assert.ok(!isGrayOf(shape, [14, 12, 3]), shape.join('x'))
  }
  assert.ok(!isGrayOf([14, 12, 1], [14, 12, 1]))
})
