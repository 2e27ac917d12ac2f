// What decoding may cost: pixels, scans and memory, also when many images come at once, each measured in
// a process of its own.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { fc } from '../helpers/property.ts'
import { createImageDecoder, defaultMaxPixels, networkMaxPixels } from '../../src/input/decode.ts'
import { pickPixels } from '../../src/input/pick-pixels.ts'
import type { DecodedMany } from './decode-many.ts'
import { largeJpeg, manyScans } from './jpegs.ts'

const folder = mkdtempSync(join(tmpdir(), 'ddnn-decode-'))
after(() => rmSync(folder, { recursive: true }))
const run = promisify(execFile)
const script = fileURLToPath(new URL('decode-many.js', import.meta.url))
let files = 0

/** Many at once, to 32 x 32. */
async function decodeAtOnce(
  bytes: Uint8Array,
  count: number,
  maxPixels?: number,
): Promise<DecodedMany> {
  const file = join(folder, `${files++}.jpg`)
  writeFileSync(file, bytes)
  const args = [
    script,
    file,
    `${count}`,
    '32',
    ...(maxPixels === undefined ? [] : [`${maxPixels}`]),
  ]
  const { stdout } = await run(process.execPath, args)
  return JSON.parse(stdout) as DecodedMany
}

test('16 JPEGs of 8192 x 8192 to a tier of 32 x 32 are refused from their headers', async (t) => {
  const { outcomes, startMiB, mostMiB } = await decodeAtOnce(await largeJpeg(8192, 8192), 16)
  t.diagnostic(`RSS ${startMiB.toFixed()} MiB before, ${mostMiB.toFixed()} MiB at most`)
  const expected = 'Expected an image of at most 25000000 pixels, got 8192 x 8192'
  assert.deepEqual(outcomes, new Array(16).fill(expected))
  assert.ok(mostMiB - startMiB < 32, `RSS ${startMiB} to ${mostMiB} MiB`)
})

for (const [what, side, options, maxPixels] of [
  ['of 8192 x 8192, where they are allowed', 8192, {}, defaultMaxPixels],
  ['of 5000 x 5000, progressive', 5000, { progressive: true }],
] as const) {
  test(`8 JPEGs at once ${what}, are decoded below 400 MiB`, async (t) => {
    const image = await largeJpeg(side, side, options)
    const { outcomes, startMiB, mostMiB } = await decodeAtOnce(image, 8, maxPixels)
    t.diagnostic(`RSS ${startMiB.toFixed()} MiB before, ${mostMiB.toFixed()} MiB at most`)
    const [r, g, b] = await createImageDecoder()(await largeJpeg(64, 64, options), 1, 1)
    const expected = `3072 bytes, first ${r} ${g} ${b}`
    assert.deepEqual(outcomes, new Array(8).fill(expected))
    assert.ok(mostMiB < 400, `RSS ${startMiB} to ${mostMiB} MiB`)
  })
}

test('a tier takes 25 megapixels, more where its network is large, and no more than a device', () => {
  assert.equal(networkMaxPixels(32, 32), 25_000_000)
  assert.equal(networkMaxPixels(800, 1000), 64 * 800_000)
  assert.equal(networkMaxPixels(4096, 4096), defaultMaxPixels)
})

test('a large image in strips has the pixels of the whole', async () => {
  // Noise: a strip that is one row off differs. 24 megapixels are 72 MB, so two strips.
  const [width, height] = [4000, 6000]
  const pixels = randomFillSync(Buffer.alloc(width * height * 3))
  const image = await sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg()
    .toBuffer()
  const data = await sharp(image).raw().toBuffer()
  const expected = pickPixels({ data, width, height, channels: 3 }, 181, 97)
  assert.equal(Buffer.compare(await createImageDecoder()(image, 181, 97), expected), 0)
  const cut = image.subarray(0, image.length - 1000)
  await assert.rejects(
    createImageDecoder()(cut, 8, 8),
    /JPEG of 4000 x 6000 that is damaged, cut short/,
  )
})

test('a JPEG of many scans is refused before it is decoded, one of some is not', async () => {
  const decode = createImageDecoder({ formats: 'sent' })
  assert.equal((await decode(manyScans(512, 49), 8, 8)).length, 8 * 8 * 3)
  await assert.rejects(decode(manyScans(512, 50), 8, 8), /at most 50 scans, got 51/)
  await assert.rejects(decode(manyScans(5000, 800), 8, 8), /at most 50 scans, got 801/)
})

test('each of 200 files that fail at once gets its own error, and the good ones their pixels', async () => {
  const decode = createImageDecoder()
  const good = await largeJpeg(640, 480)
  const alone = await decode(good, 16, 16)
  const png = await sharp(good).png().toBuffer()
  const webp = await sharp(good).resize(200, 90).webp().toBuffer()
  const gif = await sharp(good).resize(70, 80).gif().toBuffer()
  const small = await largeJpeg(320, 200)
  const half = (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)
  const kinds = [
    [small.subarray(0, small.length - 40), /^Expected [^;]*a JPEG of 320 x 200 that is damaged/],
    [half(png), /^Expected [^;]*a PNG of 640 x 480 that is damaged/],
    [
      half(webp),
      /(a WEBP of 200 x 90 that is damaged|a whole WEBP image, got one that is damaged)/,
    ],
    [half(gif), /(a GIF of 70 x 80 that is damaged|a whole GIF image, got one that is damaged)/],
    [Buffer.from('no image at all'), /, got a text$/],
    [Buffer.from('%PDF-1.7'), /, got a PDF document$/],
    [new Uint8Array(0), /, got a file of 0 bytes$/],
    [good, undefined],
  ] as const
  const order = fc.array(fc.nat(kinds.length - 1), { minLength: 200, maxLength: 200 })
  const run = async (indices: readonly number[]) => {
    const asked = indices.map(async (at) => {
      const [bytes, expected] = kinds[at] as (typeof kinds)[number]
      if (expected === undefined) return assert.deepEqual(await decode(bytes, 16, 16), alone)
      await assert.rejects(decode(bytes, 16, 16), (error) => {
        assert.match((error as Error).message, expected)
        return true
      })
    })
    await Promise.all(asked)
  }
  await fc.assert(fc.asyncProperty(order, run), { numRuns: 3 })
})

/** A flat picture takes a thousand bytes, whatever its size. */
async function flatAvif(size: number): Promise<Buffer> {
  const flat = { width: size, height: size, channels: 3, background: '#345' } as const
  return sharp({ create: flat }).avif({ quality: 30, effort: 0 }).toBuffer()
}

test('WebP and AVIF that are sent may hold no more pixels than fit the network', async () => {
  const decode = createImageDecoder({ formats: 'sent' })
  const most = networkMaxPixels(32, 32, false)
  assert.equal(most, 64 * 32 * 32)
  const flat = { width: 256, height: 257, channels: 3, background: '#345' } as const
  const webp = await sharp({ create: flat }).webp().toBuffer()
  await assert.rejects(decode(webp, 32, 32), /at most 65536 pixels, got 256 x 257/)
  await assert.rejects(decode(await flatAvif(512), 32, 32), /at most 65536 pixels, got 512 x 512/)
  assert.equal((await decode(await flatAvif(256), 32, 32)).length, 32 * 32 * 3)
})

test('an AVIF whose picture is larger than its header says costs no memory', async () => {
  const bomb = await flatAvif(4096)
  const at = bomb.indexOf('ispe')
  bomb.writeUInt32BE(32, at + 8)
  bomb.writeUInt32BE(32, at + 12)
  const { outcomes, startMiB, mostMiB } = await decodeAtOnce(bomb, 4)
  assert.match(outcomes[0] ?? '', /Expected an image that decodes, got a (HEIF|AVIF) of 32 x 32/)
  // Four of 4096 x 4096 would be 200 MB and more.
  assert.ok(mostMiB - startMiB < 48, `RSS ${startMiB} to ${mostMiB} MiB`)
})
