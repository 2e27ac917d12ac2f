// Images as people bring them, against Pillow (test/golden/input/brought/make.py): photos that are stored turned,
// bitmaps of every depth, and inks with a profile.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { DdnnError } from '../../src/errors.ts'
import { createImageDecoder } from '../../src/input/decode.ts'
import { toTurn } from '../../src/input/exif.ts'
import { pickFromStrip, pickPixels, placesOf } from '../../src/input/pick-pixels.ts'
import { repoPath } from '../helpers/paths.ts'
import { fc } from '../helpers/property.ts'

const golden = (name: string) => readFileSync(repoPath('test', 'golden', 'input', 'brought', name))
const decode = createImageDecoder()

const expected = JSON.parse(golden('expected.json').toString()) as {
  readonly upright: Readonly<Record<string, string>>
  readonly stored: Readonly<Record<string, string>>
  readonly bitmaps: Readonly<Record<string, string>>
  readonly cmyk: Readonly<Record<string, readonly number[]>>
}

for (const [what, hashes, orientation] of [
  ['turned upright', expected.upright, 'apply'],
  ['as it is stored', expected.stored, 'ignore'],
  ['a bitmap', expected.bitmaps, 'apply'],
] as const) {
  for (const [key, hash] of Object.entries(hashes)) {
    test(`${key}, ${what}: the pixels are Pillow's`, async () => {
      const [name = '', size = ''] = key.split(' ')
      const [height = 0, width = 0] = size.split('x').map(Number)
      const pixels = await decode(golden(name), height, width, orientation)
      assert.equal(createHash('sha256').update(pixels).digest('hex'), hash)
    })
  }
}

test('who says nothing gets photos upright, and the word of the user goes before the model', async () => {
  const photo = golden('turned-6.jpg')
  const upright = await decode(photo, 18, 18, 'apply')
  const stored = await decode(photo, 18, 18, 'ignore')
  assert.notDeepEqual(upright, stored)
  assert.deepEqual(await decode(photo, 18, 18), upright)
  const asStored = createImageDecoder({ orientation: 'ignore' })
  assert.deepEqual(await asStored(photo, 18, 18, 'apply'), stored)
})

for (const [name, pixels] of Object.entries(expected.cmyk)) {
  test(`${name}: inks look as their own profile says, within 3 of 255`, async () => {
    const found = await decode(golden(name), 12, 16)
    const worst = Math.max(...pixels.map((value, i) => Math.abs(value - (found[i] ?? -999))))
    assert.ok(worst <= 3, `${worst} off`)
  })
}

test('inks without a profile get one, and are neither inverted nor those of another profile', async () => {
  const plain = await decode(golden('cmyk-plain.jpg'), 12, 16)
  const [r = 0, g = 0, b = 0] = plain
  assert.ok(Math.min(r, g, b) > 200, `no ink is white, got ${r} ${g} ${b}`)
  assert.notDeepEqual(plain, await decode(golden('cmyk-profile.jpg'), 12, 16))
})

const turns = fc.integer({ min: 1, max: 8 }).map(toTurn)
const side = fc.integer({ min: 1, max: 23 })

test('picking from what is stored equals turning first, also strip by strip', () => {
  fc.assert(
    fc.property(turns, side, side, side, side, side, (turn, h, w, height, width, rows) => {
      const stored = { height: h, width: w, channels: 3, data: numbered(h, w) }
      const turned = turnedOf(stored, turn)
      const wanted = pickPixels(turned, height, width)
      assert.deepEqual(pickPixels(stored, height, width, turn), wanted)
      const target = new Uint8Array(height * width * 3)
      const places = placesOf(stored, turn, { height, width })
      for (let top = 0; top < h; top += rows) {
        const data = stored.data.subarray(top * w * 3, Math.min(h, top + rows) * w * 3)
        const strip = { ...stored, data, height: Math.min(rows, h - top) }
        pickFromStrip(strip, top, places, target)
      }
      assert.deepEqual(target, wanted)
    }),
  )
})

/** Every pixel another: its number in two bytes. */
function numbered(height: number, width: number): Uint8Array {
  return Uint8Array.from({ length: height * width * 3 }, (_, i) =>
    i % 3 === 0 ? Math.floor(i / 3) >> 8 : i % 3 === 1 ? Math.floor(i / 3) & 255 : 7,
  )
}

/** By the definition of EXIF's eight values, pixel for pixel. */
function turnedOf(
  stored: { readonly data: Uint8Array; readonly height: number; readonly width: number },
  turn: number,
) {
  const { height: h, width: w } = stored
  const [height, width] = turn >= 5 ? [w, h] : [h, w]
  const from = (y: number, x: number): readonly [number, number] => {
    const [mirrorY, mirrorX] = [height - 1 - y, width - 1 - x]
    return [
      [y, x],
      [y, mirrorX],
      [mirrorY, mirrorX],
      [mirrorY, x],
      [x, y],
      [mirrorX, y],
      [mirrorX, mirrorY],
      [x, mirrorY],
    ][turn - 1] as [number, number]
  }
  const data = new Uint8Array(height * width * 3)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [row, column] = from(y, x)
      const at = (row * w + column) * 3
      data.set(stored.data.subarray(at, at + 3), (y * width + x) * 3)
    }
  }
  return { data, height, width, channels: 3 }
}

test('a bitmap that is cut short, or says what it does not hold, is DDNN_INPUT_UNREADABLE', async () => {
  const whole = golden('rgb-24.bmp')
  const runs = golden('rle-8.bmp')
  const changed = (at: number, value: number) => {
    const bytes = Buffer.from(whole)
    bytes.writeUInt32LE(value, at)
    return bytes
  }
  for (const bytes of [
    whole.subarray(0, 30),
    whole.subarray(0, whole.length - 200),
    runs.subarray(0, runs.length - 90),
    changed(10, 0xffffffff),
    changed(18, 0),
    changed(18, 60_000),
    changed(22, 0x7fffffff),
    changed(28, 7),
    changed(30, 5),
  ]) {
    await assert.rejects(
      decode(bytes, 8, 8),
      (error) => error instanceof DdnnError && error.code === 'DDNN_INPUT_UNREADABLE',
    )
  }
})

test('bitmaps of any bytes are pixels or a refusal, never another error', async () => {
  const files = ['rgb-24.bmp', 'rle-8.bmp', 'rle-4.bmp', 'palette-4.bmp', 'masks-32.bmp'].map(
    golden,
  )
  const change = fc.tuple(fc.nat(120), fc.nat(255))
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...files),
      fc.array(change, { minLength: 1, maxLength: 6 }),
      async (file, changes) => {
        const bytes = Buffer.from(file)
        for (const [at, value] of changes) bytes[at + 10] = value
        const pixels = await decode(bytes, 4, 4).catch((error: unknown) => {
          assert.ok(error instanceof DdnnError, String(error))
          assert.equal(error.code, 'DDNN_INPUT_UNREADABLE')
        })
        if (pixels !== undefined) assert.equal(pixels.length, 48)
      },
    ),
    { numRuns: 200 },
  )
})
