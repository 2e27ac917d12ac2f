// Pixels become the same float32 values whatever their number, their place in memory and the scale.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fc } from '../helpers/property.ts'
import { scaledTo, widen } from '../../src/domain/widen.ts'

test('every pixel becomes float32(pixel x scale), and nothing beside the slot is written', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 40 }),
      fc.nat(7),
      fc.constantFrom(1 / 255, 1, 1 / 127.5, 0.003),
      fc.boolean(),
      (bytes, offset, scale, isShared) => {
        // A value of a record starts at any byte of its buffer.
        const record = Buffer.alloc(offset + bytes.length)
        record.set(bytes, offset)
        const room = 4 * (bytes.length + 2)
        const buffer = isShared ? new SharedArrayBuffer(room) : new ArrayBuffer(room)
        const around = new Float32Array(buffer).fill(-1)
        widen(record.subarray(offset), around.subarray(1, -1), scaledTo(scale))
        const divisor = Math.round(1 / scale)
        const expected = Array.from(bytes, (v) =>
          Math.fround(1 / divisor === scale ? v / divisor : v * scale),
        )
        assert.deepEqual([...around], [-1, ...expected, -1])
      },
    ),
    { seed: 11, numRuns: 500 },
  )
})
