// Pixels in, floats out: as serving makes them, and changed for training.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { augmentationSchema } from '../../../src/model/networks/recipe.ts'
import {
  isMirrorTurn,
  writeAugmented,
  writePlain,
  type HeldImage,
} from '../../../src/lab/training/augment.ts'
import { createRandom } from '../../../src/domain/random.ts'

function noise(height: number, width: number): HeldImage {
  const random = createRandom(1)
  const pixels = Uint8Array.from({ length: height * width * 3 }, () => Math.floor(random() * 256))
  return { pixels, height, width }
}

type Fields = Parameters<typeof augmentationSchema.parse>[0]

const everything: Fields = {
  crop: [0.6, 1],
  aspect: [0.8, 1.25],
  shift: 0.1,
  rotation: 30,
  mirror: true,
  brightness: 0.15,
  contrast: [0.7, 1.35],
  saturation: [0.6, 1.4],
  erase: 0.5,
  eraseSide: [0.15, 0.4],
}

function augmented(
  image: HeldImage,
  seed: number,
  fields: Fields = everything,
  side = 12,
): Float32Array {
  const data = new Float32Array(side * side * 3)
  const slot = { data, offset: 0, height: side, width: side }
  writeAugmented(image, slot, augmentationSchema.parse(fields), createRandom(seed))
  return data
}

/** An image whose pixel (x, y) is red x and green y, so that each pixel says where it comes from. */
function places(side: number): HeldImage {
  const pixels = new Uint8Array(side * side * 3)
  for (let i = 0; i < side * side; i++) {
    pixels[3 * i] = i % side
    pixels[3 * i + 1] = Math.floor(i / side)
  }
  return { pixels, height: side, width: side }
}

const column = (data: Float32Array, pixel: number) => Math.round((data[3 * pixel] as number) * 255)
const row = (data: Float32Array, pixel: number) => Math.round((data[3 * pixel + 1] as number) * 255)

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
    const data = augmented({ pixels, height: 14, width: 14 }, seed, { mirror: true })
    if ((data[0] as number) > (data[33] as number)) mirrored++
  }
  assert.ok(mirrored > 160 && mirrored < 240, `${mirrored} of 400`)
})

test('a grey image stays grey', () => {
  const image = { pixels: new Uint8Array(14 * 14 * 3).fill(128), height: 14, width: 14 }
  const [r, g, b] = augmented(image, 3, { ...(everything as object), erase: 0 })
  assert.ok(Math.abs((r as number) - (g as number)) < 1e-6)
  assert.ok(Math.abs((g as number) - (b as number)) < 1e-6)
})

test('fields that change nothing give the image as serving sees it', () => {
  const image = noise(14, 14)
  const plain = new Float32Array(14 * 14 * 3)
  writePlain(image, { data: plain, offset: 0, height: 14, width: 14 })
  assert.deepEqual(augmented(image, 1, {}, 14), plain)
})

test('a shift moves the image by at most its share, and mirrors in what was outside', () => {
  const side = 20
  const image = places(side)
  const seen = new Set<number>()
  for (let seed = 0; seed < 300; seed++) {
    const data = augmented(image, seed, { shift: 0.125 }, side)
    // Where the middle comes from tells the shift; at most 0.125 * 20 = 2.5 pixels.
    const dx = column(data, 10 * side + 10) - 10
    const dy = row(data, 10 * side + 10) - 10
    assert.ok(Math.abs(dx) <= 3 && Math.abs(dy) <= 3, `${dx} ${dy}`)
    seen.add(dx)
    for (let x = 0; x < side; x++) {
      const from = x + dx
      const wanted = from < 0 ? -from - 1 : from >= side ? 2 * side - 1 - from : from
      assert.equal(column(data, 10 * side + x), wanted)
    }
  }
  assert.deepEqual([...seen].filter((dx) => dx < 0).length > 1, true)
  assert.deepEqual([...seen].filter((dx) => dx > 0).length > 1, true)
})

test('a rotation turns about the middle, by at most its angle to either side', () => {
  const side = 41
  const image = places(side)
  let least = 0
  let most = 0
  for (let seed = 0; seed < 300; seed++) {
    const data = augmented(image, seed, { rotation: 30 }, side)
    const middle = 20 * side + 20
    assert.deepEqual([column(data, middle), row(data, middle)], [20, 20])
    // A pixel 15 to the right of the middle comes from the turned place, to the pixel.
    const at = 20 * side + 35
    const angle = (Math.atan2(row(data, at) - 20, column(data, at) - 20) * 180) / Math.PI
    least = Math.min(least, angle)
    most = Math.max(most, angle)
    assert.ok(Math.abs(Math.hypot(row(data, at) - 20, column(data, at) - 20) - 15) < 1.5)
  }
  assert.ok(most > 24 && most < 34, `${most}`)
  assert.ok(least < -24 && least > -34, `${least}`)
})

test('a crop shows its share of the image, anywhere in it', () => {
  const side = 40
  const image = places(side)
  for (let seed = 0; seed < 100; seed++) {
    const data = augmented(image, seed, { crop: [0.5, 0.5] }, side)
    const span = column(data, side - 1) - column(data, 0)
    assert.ok(span === 19 || span === 20, `${span}`)
  }
})

test('the erased share of the images have one grey square of the given side', () => {
  const side = 20
  const pixels = new Uint8Array(side * side * 3).fill(255)
  const fields = { erase: 0.5, eraseSide: [0.25, 0.25] } as const
  let erased = 0
  for (let seed = 0; seed < 400; seed++) {
    const data = augmented({ pixels, height: side, width: side }, seed, fields, side)
    const grey = data.filter((value) => value === 0.5).length / 3
    const white = data.filter((value) => value === 1).length / 3
    assert.equal(grey + white, side * side)
    // 5 x 5, less what lies outside of the image; rounding may add a line.
    assert.ok(grey <= 36, `${grey}`)
    if (grey > 0) erased++
  }
  assert.ok(erased > 150 && erased < 250, `${erased} of 400`)
})

test('brightness, contrast and saturation stay within what is asked for', () => {
  const pixels = new Uint8Array(8 * 8 * 3).fill(102)
  for (let seed = 0; seed < 100; seed++) {
    const bright = augmented({ pixels, height: 8, width: 8 }, seed, { brightness: 0.1 }, 8)
    assert.ok(Math.abs((bright[0] as number) - 0.4) <= 0.1 + 1e-6)
    const contrast = augmented({ pixels, height: 8, width: 8 }, seed, { contrast: [0.5, 2] }, 8)
    // (0.4 - 0.5) times 0.5 to 2, about the middle.
    assert.ok((contrast[0] as number) <= 0.45 + 1e-6 && (contrast[0] as number) >= 0.3 - 1e-6)
  }
})

test('alternate mirrors every image in one of two epochs that follow one another, half of them in each', () => {
  const turns = (epoch: number) =>
    Array.from({ length: 400 }, (_, index) => isMirrorTurn(7, epoch, index))
  const first = turns(1)
  const mirrored = first.filter(Boolean).length
  assert.ok(mirrored > 150 && mirrored < 250, `${mirrored} of 400`)
  assert.deepEqual(
    turns(2),
    first.map((isTurn) => !isTurn),
  )
  assert.deepEqual(turns(3), first)
})

test('an image whose turn it is comes out mirrored, and only then', () => {
  const image = noise(12, 12)
  const write = (isTurn: boolean) => {
    const data = new Float32Array(12 * 12 * 3)
    const slot = { data, offset: 0, height: 12, width: 12 }
    const augmentation = augmentationSchema.parse({ mirror: 'alternate' })
    writeAugmented(image, slot, augmentation, createRandom(3), isTurn)
    return data
  }
  const plain = write(false)
  const turned = write(true)
  for (let y = 0; y < 12; y++) {
    for (let x = 0; x < 12; x++) {
      const from = 3 * (12 * y + x)
      const to = 3 * (12 * y + 11 - x)
      assert.deepEqual(turned.subarray(to, to + 3), plain.subarray(from, from + 3))
    }
  }
})
