// The header of a JPEG against what sharp says of it, and against any bytes.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fc } from '../helpers/property.ts'
import sharp from 'sharp'
import { readJpegHeader } from '../../src/input/jpeg-header.ts'
import { repoPath } from '../helpers/paths.ts'
import { largeJpeg, manyScans } from './jpegs.ts'

const golden = (name: string) => readFileSync(repoPath('test', 'golden', 'input', name))

for (const name of [
  'photo.jpg',
  'grey.jpg',
  'progressive.jpg',
  'rotated-by-exif.jpg',
  'subsampled.jpg',
]) {
  test(`${name}: size and kind are those that sharp reads`, async () => {
    const header = readJpegHeader(golden(name))
    const { width, height, isProgressive } = await sharp(golden(name)).metadata()
    assert.deepEqual([header?.width, header?.height], [width, height])
    assert.equal((header?.scans ?? 0) > 1, isProgressive)
    assert.equal((header?.coefficientBytes ?? 0) > 0, isProgressive)
  })
}

test('the coefficients of a progressive image are counted after subsampling', async () => {
  const of = async (chromaSubsampling: '4:2:0' | '4:4:4') =>
    readJpegHeader(await largeJpeg(64, 32, { progressive: true, chromaSubsampling }))
  assert.equal((await of('4:4:4'))?.coefficientBytes, 64 * 32 * 3 * 2)
  assert.equal((await of('4:2:0'))?.coefficientBytes, 64 * 32 * 1.5 * 2)
})

test('scans are counted', () => {
  assert.equal(readJpegHeader(manyScans(64, 0))?.scans, 1)
  assert.equal(readJpegHeader(manyScans(64, 700))?.scans, 701)
})

test('fill bytes and rubbish between segments are passed over, as libjpeg does', () => {
  const photo = golden('photo.jpg')
  const filled = Buffer.concat([
    photo.subarray(0, 2),
    Buffer.from([0, 1, 2, 0xff, 0xff]),
    photo.subarray(2),
  ])
  assert.deepEqual(readJpegHeader(filled), readJpegHeader(photo))
})

test('a header that is cut short, or has no end, is none', () => {
  const photo = golden('photo.jpg')
  for (let length = 0; length < 150; length++) {
    assert.equal(readJpegHeader(photo.subarray(0, length)), undefined)
  }
  const segments = Buffer.alloc(5 * 20_000, Buffer.from([0xff, 0xe1, 0, 3, 0]))
  const endless = Buffer.concat([photo.subarray(0, 2), segments, photo.subarray(2)])
  assert.equal(readJpegHeader(endless), undefined)
})

test('any bytes are a header or none, never an exception', () => {
  const photo = golden('photo.jpg')
  const change = fc.tuple(fc.nat(700), fc.nat(255))
  fc.assert(
    fc.property(fc.array(change, { maxLength: 8 }), fc.nat(700), (changes, length) => {
      const bytes = Buffer.from(photo.subarray(0, length))
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
      const header = readJpegHeader(bytes)
      if (header !== undefined) assert.ok(header.width > 0 && header.height > 0)
    }),
    { seed: 20261128, numRuns: 2000 },
  )
})
