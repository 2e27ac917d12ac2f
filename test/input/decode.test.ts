// The decoder against Pillow's pixels (test/golden/input/make.py), and what is no image.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import sharp from 'sharp'
import { DdnnError } from '../../src/errors.ts'
import { createImageDecoder } from '../../src/input/decode.ts'
import { createImageEncoder, imageFormats } from '../../src/input/encode.ts'
import { nearestIndices } from '../../src/input/pick-pixels.ts'
import { repoPath } from '../helpers/paths.ts'

const golden = (name: string) => readFileSync(repoPath('test', 'golden', 'input', name))
const decode = createImageDecoder()

const expected = JSON.parse(golden('expected.json').toString()) as Record<string, string>

for (const [key, hash] of Object.entries(expected)) {
  test(`${key}: the pixels are those of the original`, async () => {
    const [name = '', size = ''] = key.split(' ')
    const [height = 0, width = 0] = size.split('x').map(Number)
    const pixels = await decode(golden(name), height, width, 'ignore')
    assert.equal(pixels.length, height * width * 3)
    assert.equal(createHash('sha256').update(pixels).digest('hex'), hash)
  })
}

test('CMYK becomes RGB', async () => {
  const red = await sharp({ create: { width: 4, height: 4, channels: 3, background: '#e01010' } })
    .toColourspace('cmyk')
    .jpeg()
    .toBuffer()
  assert.equal((await sharp(red).metadata()).space, 'cmyk')
  const [r = 0, g = 255, b = 255] = await decode(red, 2, 2)
  assert.ok(r > 150 && g < 100 && b < 100, `${r} ${g} ${b}`)
})

test('16 bits become 8', async () => {
  const png = await sharp({ create: { width: 2, height: 2, channels: 3, background: '#102030' } })
    .toColourspace('rgb16')
    .png()
    .toBuffer()
  assert.equal((await sharp(png).metadata()).depth, 'ushort')
  assert.deepEqual(Array.from(await decode(png, 1, 1)), [0x10, 0x20, 0x30])
})

test('bytes in the middle of a larger buffer are decoded', async () => {
  const photo = golden('photo.jpg')
  const larger = Buffer.alloc(photo.length + 20, 7)
  larger.set(photo, 13)
  const view = larger.subarray(13, 13 + photo.length)
  assert.deepEqual(await decode(view, 18, 18), await decode(photo, 18, 18))
})

const photo = golden('photo.jpg')
const png = golden('rgb.png')
const bomb = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="30000" height="30000"><rect width="9" height="9"/></svg>',
)
for (const [what, bytes] of [
  ['0 bytes', new Uint8Array(0)],
  ['text', Buffer.from('no image at all')],
  ['a JPEG header alone', photo.subarray(0, 20)],
  ['a JPEG cut in half', photo.subarray(0, photo.length >> 1)],
  ['a JPEG without its last bytes', photo.subarray(0, photo.length - 10)],
  ['a PNG cut in half', png.subarray(0, png.length >> 1)],
  ['an image of 900 megapixels', bomb],
] as const) {
  test(`${what} is DDNN_INPUT_UNREADABLE`, async () => {
    await assert.rejects(decode(bytes, 18, 18), unreadable)
  })
}

test('the limit of pixels is the one that was given, and is named', async () => {
  const small = createImageDecoder({ maxPixels: 37 * 53 - 1 })
  await assert.rejects(small(photo, 18, 18), (error) => {
    assert.match((error as Error).message, /1960 pixels/)
    return unreadable(error)
  })
  await createImageDecoder({ maxPixels: 37 * 53 })(photo, 18, 18)
})

test('a decoder of what devices send refuses all other formats before decoding them', async () => {
  const ofSent = createImageDecoder({ formats: 'sent' })
  const pixels = new Uint8Array(32 * 32 * 3).fill(90)
  const files = await Promise.all(
    imageFormats.map((format) => createImageEncoder(format)(pixels, 32, 32)),
  )
  for (const file of [photo, golden('lossless.webp'), ...files]) await ofSent(file, 18, 18)
  for (const other of [png, bomb, golden('palette.gif'), golden('plain.tiff')]) {
    await assert.rejects(ofSent(other, 18, 18), /Expected a JPEG, WebP or AVIF image/)
  }
})

test('pixels that were sent as a file come back nearly as they were, the more the better its quality', async () => {
  const ofSent = createImageDecoder({ formats: 'sent' })
  const pixels = Uint8Array.from({ length: 48 * 48 * 3 }, (_, i) => 128 + 100 * Math.sin(i / 300))
  for (const format of imageFormats) {
    const errors: number[] = []
    for (const quality of [20, 95]) {
      const file = await createImageEncoder(format, quality)(pixels, 48, 48)
      const back = await ofSent(file, 48, 48)
      errors.push(pixels.reduce((sum, v, i) => sum + Math.abs(v - (back[i] as number)), 0))
    }
    const [low = 0, high = 0] = errors
    assert.ok(high < low && high / pixels.length < 4, `${format}: ${low}, ${high}`)
  }
})

test('many images at once come out as one by one', async () => {
  const alone = await decode(photo, 32, 32)
  const together = await Promise.all(Array.from({ length: 50 }, () => decode(photo, 32, 32)))
  for (const pixels of together) assert.deepEqual(pixels, alone)
})

test('nearest neighbour takes the middle of each target pixel', () => {
  assert.deepEqual(Array.from(nearestIndices(4, 2)), [1, 3])
  assert.deepEqual(Array.from(nearestIndices(2, 4)), [0, 0, 1, 1])
  assert.deepEqual(Array.from(nearestIndices(5, 5)), [0, 1, 2, 3, 4])
  assert.deepEqual(Array.from(nearestIndices(3, 1)), [1])
  for (const [from, to] of [
    [1, 1000],
    [7919, 180],
    [180, 7919],
  ] as const) {
    const indices = nearestIndices(from, to)
    assert.ok(
      indices.every((index, i) => index < from && (i === 0 || index >= (indices[i - 1] ?? 0))),
    )
  }
})

function unreadable(error: unknown): boolean {
  assert.ok(error instanceof DdnnError, String(error))
  assert.equal(error.code, 'DDNN_INPUT_UNREADABLE')
  return true
}
