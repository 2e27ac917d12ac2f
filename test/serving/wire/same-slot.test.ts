// The same photo gives the same float32 slot, however it travels.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { binaryWire } from '../../../src/serving/wire/frame.ts'
import { jsonWire } from '../../../src/serving/wire/legacy-json.ts'
import type { Wire } from '../../../src/serving/wire/wire.ts'
import type { Tensor } from '../../../src/domain/tensor.ts'

const shape = [16, 16, 3]
const meta = { family: undefined, labelsHash: undefined }
const scale = 1 / 255
/** Every pixel value three times. */
const pixels = Uint8Array.from({ length: 768 }, (_, i) => i)
const image: Tensor = { dtype: 'uint8', shape, data: pixels }
const floats: Tensor = { dtype: 'float32', shape, data: Float32Array.from(pixels, (v) => v / 255) }

function slotOf(wire: Wire, tensor: Tensor): Float32Array {
  const slot = new Float32Array(768)
  wire.decodeRequest(wire.encodeRequest(tensor, meta), { maxElements: 768 }).write(slot, scale)
  return slot
}

for (const [name, slot] of [
  ['uint8 in a frame', slotOf(binaryWire, image)],
  ['float32 in a frame', slotOf(binaryWire, floats)],
  ['uint8 as JSON', slotOf(jsonWire, image)],
  ['float32 as JSON', slotOf(jsonWire, floats)],
] as const) {
  test(`every pixel as ${name} is float32(pixel / 255)`, () => {
    assert.deepEqual(slot, floats.data)
  })
}

test('JSON of an original, with the digits of doubles and spaces, gives the same slot', () => {
  const rows = Array.from({ length: 16 }, (_, y) =>
    Array.from({ length: 16 }, (_, x) => {
      const at = (y * 16 + x) * 3
      return Array.from(floats.data.subarray(at, at + 3))
    }),
  )
  const text = JSON.stringify([rows]).replaceAll(',', ', ')
  const slot = new Float32Array(768)
  jsonWire.decodeRequest(Buffer.from(text), { maxElements: 768 }).write(slot, scale)
  assert.deepEqual(slot, floats.data)
})
