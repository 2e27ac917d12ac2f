// Pixels in, floats out: as serving makes them, and changed for training.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeAugmented, writePlain, type HeldImage } from '../../src/training/augment.ts'
import { createRandom } from '../../src/training/random.ts'

function noise(height: number, width: number): HeldImage {
  const random = createRandom(1)
  const pixels = Uint8Array.from({ length: height * width * 3 }, () => Math.floor(random() * 256))
  return { pixels, height, width }
}

function augmented(image: HeldImage, seed: number): Float32Array {
  const data = new Float32Array(12 * 12 * 3)
  writeAugmented(image, { data, offset: 0, height: 12, width: 12 }, createRandom(seed))
  return data
}

test('an image of the right size is pixel / 255, in its slot only', () => {
  const image = noise(4, 3)
  const data = new Float32Array(3 * 36).fill(-1)
  writePlain(image, { data, offset: 36, height: 4, width: 3 })
  assert.ok(data.subarray(0, 36).every((value) => value === -1))
  assert.ok(data.subarray(72).every((value) => value === -1))
  for (const [i, pixel] of image.pixels.entries()) {
    assert.ok(Math.abs((data[36 + i] as number) - pixel / 255) < 1e-6)
  }
})

test('augmented values stay in [0, 1] and follow from the seed alone', () => {
  const image = noise(14, 14)
  for (let seed = 0; seed < 200; seed++) {
    const data = augmented(image, seed)
    assert.ok(data.every((value) => value >= 0 && value <= 1))
    assert.deepEqual(augmented(image, seed), data)
  }
  assert.notDeepEqual(augmented(image, 1), augmented(image, 2))
})

test('half of the images are mirrored', () => {
  // Bright on the right: mirrored images are bright on the left.
  const pixels = Uint8Array.from(
    { length: 14 * 14 * 3 },
    (_, i) => 60 + 10 * (Math.floor(i / 3) % 14),
  )
  let mirrored = 0
  for (let seed = 0; seed < 400; seed++) {
    const data = augmented({ pixels, height: 14, width: 14 }, seed)
    if ((data[0] as number) > (data[33] as number)) mirrored++
  }
  assert.ok(mirrored > 160 && mirrored < 240, `${mirrored} of 400`)
})

test('a grey image stays grey', () => {
  const image = { pixels: new Uint8Array(14 * 14 * 3).fill(128), height: 14, width: 14 }
  const [r, g, b] = augmented(image, 3)
  assert.ok(Math.abs((r as number) - (g as number)) < 1e-6)
  assert.ok(Math.abs((g as number) - (b as number)) < 1e-6)
})
