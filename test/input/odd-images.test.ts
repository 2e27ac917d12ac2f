// Images of forms that few programs write: decoded as they look elsewhere, or refused in true words; never black, turned
// or half in silence.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { DdnnError } from '../../src/errors.ts'
import { createImageDecoder } from '../../src/input/decode.ts'
import { listBelow } from '../../src/input/list-files.ts'
import { turnOfPng } from '../../src/input/png-exif.ts'
import { readWhole } from '../../src/input/read-file.ts'
import { isTiled } from '../../src/input/tiff-tags.ts'
import { repoPath } from '../helpers/paths.ts'
import { fc } from '../helpers/property.ts'
import { drawImage, tempFolder } from './folders.ts'

const decode = createImageDecoder()
const golden = (name: string) => readFileSync(repoPath('test', 'golden', 'input', 'brought', name))
const refused = (bytes: Uint8Array, message: RegExp) =>
  assert.rejects(decode(bytes, 4, 4), (error) => {
    assert.ok(error instanceof DdnnError)
    assert.equal(error.code, 'DDNN_INPUT_UNREADABLE')
    assert.match(error.message, message)
    assert.ok(error.hint !== undefined)
    return true
  })

const png = golden('turned-6.png')
const chunk = (type: string, data: Uint8Array) => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(data.length, 0)
  ends.writeUInt32BE(sumOf(body), 4)
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
}
/** Node 20 of before 20.15 has no `crc32`. */
const sumOf = (body: Uint8Array): number => {
  if (typeof crc32 === 'function') return crc32(body)
  let sum = 0xffffffff
  for (const byte of body) {
    sum ^= byte
    for (let i = 0; i < 8; i++) sum = (sum >>> 1) ^ (0xedb88320 & -(sum & 1))
  }
  return ~sum >>> 0
}

/** The picture of `png`, its EXIF block in another form or place. */
const exifAt = png.indexOf('eXIf') - 4
const exifBytes = png.readUInt32BE(exifAt)
const exif = png.subarray(exifAt + 8, exifAt + 8 + exifBytes)
const bare = Buffer.concat([png.subarray(0, exifAt), png.subarray(exifAt + 12 + exifBytes)])
const headed = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), exif])
const hex = headed.toString('hex').replace(/.{72}/g, '$&\n')
const inHex = Buffer.from(`\nexif\n${String(headed.length).padStart(8)}\n${hex}\n`)
const keyword = (name: string) => Buffer.from(`Raw profile type ${name}\0`, 'latin1')
const before = (extra: Uint8Array) =>
  Buffer.concat([bare.subarray(0, 33), extra, bare.subarray(33)])
const behind = (extra: Uint8Array) =>
  Buffer.concat([bare.subarray(0, -12), extra, bare.subarray(-12)])

for (const [where, bytes] of [
  ['behind its pixels', behind(chunk('eXIf', exif))],
  ['begun as one of a JPEG', before(chunk('eXIf', headed))],
  [
    'in a packed text',
    before(chunk('zTXt', Buffer.concat([keyword('exif'), Buffer.of(0), deflateSync(inHex)]))),
  ],
  ['in a plain text', before(chunk('tEXt', Buffer.concat([keyword('APP1'), inHex])))],
] as const) {
  test(`a PNG whose EXIF block stands ${where} is turned as it says`, async () => {
    assert.equal(turnOfPng(bare), 1)
    assert.equal(turnOfPng(bytes), 6)
    assert.deepEqual(await decode(bytes, 18, 18), await decode(png, 18, 18))
  })
}

test('what lies behind the end of a PNG turns nothing', () => {
  assert.equal(turnOfPng(Buffer.concat([bare, chunk('eXIf', exif)])), 1)
})

test('whatever bytes a PNG holds, its turn is a number from 1 to 8', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(200), (noise, at) => {
      const bytes = Buffer.from(behind(chunk('eXIf', exif)))
      bytes.set(noise.subarray(0, Math.max(0, bytes.length - at)), at)
      const turn = turnOfPng(bytes)
      assert.ok(turn >= 1 && turn <= 8)
    }),
    { seed: 14, numRuns: 300 },
  )
})

/** A TIFF file of 4 x 4 pixels in one strip behind its directory; colours of floats take four bytes a sample. */
function tiff(change: Readonly<Record<number, number>>, strip: Uint8Array): Buffer {
  const fields: Record<number, number> = {
    ...{ 256: 4, 257: 4, 258: 8, 259: 1, 262: 1, 277: 1, 278: 4, 279: strip.length },
    ...change,
  }
  const tags = Object.keys({ ...fields, 273: 0 }).map(Number)
  const head = Buffer.alloc(14 + 12 * tags.length)
  head.write('II*\0', 0, 'latin1')
  head.writeUInt32LE(8, 4)
  head.writeUInt16LE(tags.length, 8)
  for (const [i, tag] of tags.entries()) {
    head.writeUInt16LE(tag, 10 + 12 * i)
    head.writeUInt16LE(4, 12 + 12 * i)
    head.writeUInt32LE(1, 14 + 12 * i)
    head.writeUInt32LE(fields[tag] ?? head.length, 18 + 12 * i)
  }
  return Buffer.concat([head, strip])
}

test('a TIFF file that cannot be unpacked is refused, not black', async () => {
  const grey = Buffer.alloc(16, 200)
  assert.deepEqual([...(await decode(tiff({}, grey), 1, 1))], [200, 200, 200])
  const zstd = 50000
  const lzma = 34925
  for (const packing of [zstd, lzma]) await refused(tiff({ 259: packing }, grey), /got a TIFF of 4/)
})

test('a TIFF file that is cut short is refused', async () => {
  const whole = tiff({}, Buffer.alloc(16, 200))
  await refused(whole.subarray(0, whole.length - 6), /cut short/)
})

/** A picture of 100 x 100 pixels in tiles, with its directory. */
const tiled = (compression: 'none' | 'lzw' | 'jpeg', bigtiff: boolean) => {
  const noise = Buffer.from(Array.from({ length: 100 * 100 * 3 }, (_, i) => (i * 7919) % 251))
  return sharp(noise, { raw: { width: 100, height: 100, channels: 3 } })
    .tiff({ tile: true, tileWidth: 16, tileHeight: 16, compression, bigtiff, predictor: 'none' })
    .toBuffer()
}

for (const bigtiff of [false, true]) {
  for (const compression of ['none', 'lzw', 'jpeg'] as const) {
    const form = `${bigtiff ? 'a BigTIFF' : 'a TIFF'} file of tiles packed by ${compression}`
    test(`${form} of which one is missing is refused, a whole one taken`, async () => {
      const whole = await tiled(compression, bigtiff)
      const pixels = await sharp(whole).raw().toBuffer()
      assert.deepEqual(await decode(whole, 100, 100), new Uint8Array(pixels))
      // The last tile is said to lie behind the end, as where a directory in front outlives a cut.
      const cut = Buffer.from(whole)
      const entry = cut.indexOf(Buffer.of(0x44, 1, bigtiff ? 16 : 4, 0))
      const places = cut.readUInt32LE(entry + (bigtiff ? 12 : 8))
      const last = cut.readUInt32LE(entry + 4) - 1
      cut.writeUInt32LE(cut.length - 10, places + (bigtiff ? 8 : 4) * last)
      await refused(cut, /got a TIFF of 100 x 100 that is damaged, cut short/)
    })
  }
}

test('a TIFF file of tiles that are damaged is refused, whatever the order of its fields', async () => {
  const damaged = (await tiled('lzw', false)).fill(0xff, 1000, 3000)
  await refused(damaged, /damaged/)
  await refused(swapped(damaged), /damaged/)
})

/** With two of its fields in the wrong order. */
function swapped(file: Buffer): Buffer {
  const at = file.readUInt32LE(4) + 2
  const [one, other] = [at, at + 12].map((from) => Buffer.from(file.subarray(from, from + 12)))
  return Buffer.concat([file.subarray(0, at), other!, one!, file.subarray(at + 24)])
}

test('a TIFF file whose fields are in the wrong order is taken, in strips as in tiles', async () => {
  const strips = tiff({}, Buffer.alloc(16, 200))
  for (const whole of [await tiled('lzw', false), strips]) {
    assert.deepEqual(await decode(swapped(whole), 9, 9), await decode(whole, 9, 9))
  }
})

test('whatever bytes a TIFF file holds, asking for its fields never throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 90 }), fc.nat(3), (noise, form) => {
      const start = [
        [0x49, 0x49, 42, 0, 8, 0, 0, 0],
        [0x4d, 0x4d, 0, 42, 0, 0, 0, 8],
        [0x49, 0x49, 43, 0, 8, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0],
        [0x4d, 0x4d, 0, 43, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16],
      ][form] as number[]
      assert.equal(typeof isTiled(Uint8Array.from([...start, ...noise])), 'boolean')
    }),
    { seed: 14, numRuns: 300 },
  )
})

test('samples of floats are refused, since white may be 1 or 255', async () => {
  const floats = Buffer.from(new Float32Array(16).fill(0.5).buffer)
  await refused(tiff({ 258: 32, 339: 3 }, floats), /8 or 16 bits, got a TIFF of float samples/)
})

test('a JPEG of 12 bits is told of by its bits, one of JPEG-LS by its name', async () => {
  const jpeg = await drawImage('#204060')
  const frame = jpeg.findIndex((byte, i) => byte === 0xff && jpeg[i + 1] === 0xc0)
  jpeg[frame + 4] = 12
  await refused(jpeg, /8 bits a sample, got one of 12/)
  await refused(Buffer.from([0xff, 0xd8, 0xff, 0xf7, 0, 11, 8]), /got a JPEG-LS image/)
})

test('an animated AVIF gives its first picture, and faults of AVIF call it AVIF', async () => {
  const still = await sharp(await drawImage('#204060'))
    .avif({ lossless: true })
    .toBuffer()
  const animated = Buffer.from(still)
  animated.write('avis', 8, 'latin1')
  for (const formats of ['any', 'files', 'sent'] as const) {
    const found = await createImageDecoder({ formats })(animated, 4, 4)
    assert.deepEqual(found, await decode(still, 4, 4))
  }
  assert.equal(animated.toString('latin1', 8, 12), 'avis')
  await refused(still.subarray(0, still.length - 20), /got a AVIF of 20 x 20/)
})

test(
  'a pipe among the photos, or a link to one, is left out, and never waited for',
  { skip: process.platform === 'win32' },
  async () => {
    const folder = tempFolder()
    mkdirSync(join(folder, 'roses'))
    const at = (name: string) => join(folder, 'roses', name)
    execFileSync('mkfifo', [at('pipe.jpg')])
    symlinkSync('pipe.jpg', at('to-pipe.jpg'))
    symlinkSync('/dev/zero', at('to-device.jpg'))
    symlinkSync('nowhere', at('to-nothing.jpg'))
    writeFileSync(at('photo.jpg'), await drawImage('#c01010'))
    symlinkSync('photo.jpg', at('to-photo.jpg'))
    assert.deepEqual(await listBelow(folder, () => true), [
      'roses/photo.jpg',
      'roses/to-nothing.jpg',
      'roses/to-photo.jpg',
    ])
    await assert.rejects(readWhole(at('to-pipe.jpg'), 9), /Expected a file, got a pipe/)
    await assert.rejects(readWhole(at('to-device.jpg'), 9), /Expected a file, got a device/)
    await assert.rejects(readWhole(folder, 9), /Expected a file, got a folder/)
  },
)
