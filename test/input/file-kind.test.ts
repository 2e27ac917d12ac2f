// What people bring in place of images, by their first bytes: each is named, and told what to do.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createImageDecoder } from '../../src/input/decode.ts'
import { kindOf } from '../../src/input/file-kind.ts'
import { DdnnError } from '../../src/errors.ts'
import { repoPath } from '../helpers/paths.ts'
import { fc } from '../helpers/property.ts'

const text = (value: string) => Buffer.from(value, 'latin1')
/** An ISO box of file type: major brand, version, and the brands that it is compatible with. */
const box = (brand: string, ...others: readonly string[]) => {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(16 + 4 * others.length)
  return Buffer.concat([length, text(`ftyp${brand}\0\0\0\0${others.join('')}`), Buffer.alloc(64)])
}
/** A TIFF file of one directory, of entries that hold a number. */
const tiff = (tags: readonly (readonly [tag: number, value: number])[], isLittle = true) => {
  const bytes = Buffer.alloc(14 + 12 * tags.length)
  const word = (value: number, at: number) =>
    isLittle ? bytes.writeUInt16LE(value, at) : bytes.writeUInt16BE(value, at)
  const long = (value: number, at: number) =>
    isLittle ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at)
  bytes.write(isLittle ? 'II' : 'MM', 0, 'latin1')
  word(42, 2)
  long(8, 4)
  word(tags.length, 8)
  for (const [i, [tag, value]] of tags.entries()) {
    const at = 10 + 12 * i
    word(tag, at)
    word(4, at + 2)
    long(1, at + 4)
    long(value, at + 8)
  }
  return bytes
}

for (const [bytes, name, hint] of [
  [Buffer.alloc(0), /0 bytes/, /fetch the file anew/],
  [Buffer.alloc(5000), /a file of zeros/, /fetch the file anew/],
  [box('heic', 'mif1', 'heic'), /HEIC photo, as iPhones/, /heif-convert.*sips.*Most Compatible/],
  [box('mif1', 'heic', 'miaf'), /HEIC photo/, /JPEG/],
  [box('heix'), /HEIC photo/, /JPEG/],
  [box('msf1', 'hevc'), /HEIC photo/, /JPEG/],
  [box('crx '), /RAW photo/, /JPEG/],
  [box('isom', 'avc1', 'mp41'), /a video/, /ddnn classify/],
  [box('qt  '), /a video/, /ddnn classify/],
  [text('RIFF\x10\0\0\0AVI LIST'), /a video/, /ddnn classify/],
  [Buffer.of(0x1a, 0x45, 0xdf, 0xa3, 1), /a video/, /ddnn classify/],
  [text('%PDF-1.4 ...'), /PDF document/, /pdftoppm/],
  [text('8BPS\0\x01'), /Photoshop/, /JPEG/],
  [text('PK\x03\x04...'), /ZIP archive/, /Unpack/],
  [Buffer.of(0xff, 0x0a, 1, 2), /JPEG XL/, /djxl/],
  [Buffer.concat([Buffer.of(0, 0, 0, 12), text('JXL \r\n\x87\n')]), /JPEG XL/, /djxl/],
  [text('\n<!DOCTYPE html><html><title>404'), /web page \(HTML\)/, /fetch the file anew/],
  [text('<!-- gone --><html>'), /web page \(HTML\)/, /fetch the file anew/],
  [text('version https://git-lfs.github.com/spec/v1\noid sha256:1'), /Git LFS/, /git lfs pull/],
  [text('{"message":"Not Found"}'), /text \(JSON\)/, /Leave it out/],
  [text('<?xml version="1.0"?><Error><Code>AccessDenied'), /text \(XML\)/, /Leave it out/],
  [text('just words'), /a text/, /Leave it out/],
  [Buffer.of(0, 5, 0x16, 7, 0, 2, 0, 0), /AppleDouble/, /Leave it out/],
  [
    tiff([
      [254, 1],
      [330, 200],
    ]),
    /RAW photo/,
    /Develop/,
  ],
  [
    tiff(
      [
        [254, 1],
        [330, 200],
      ],
      false,
    ),
    /RAW photo/,
    /Develop/,
  ],
  [tiff([[50706, 0x0401]]), /RAW photo/, /Develop/],
  [text('II*\0\x10\0\0\0CR\x02\0\0\0\0\0\0\0'), /RAW photo/, /Develop/],
  [text('FUJIFILMCCD-RAW 0201'), /RAW photo/, /Develop/],
  [Buffer.of(0xff, 0xd8, 0xff, 0xf7), /JPEG-LS/, /JPEG or PNG/],
  [text('P6\n4 4\n255\n'), /Netpbm/, /JPEG or PNG/],
  [Buffer.of(0, 0, 2, 0, 1, 0), /icon/, /JPEG or PNG/],
  [Buffer.of(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1), /xz archive/, /Unpack/],
  [text('OggS\0\x02'), /a video/, /ddnn classify/],
  [Buffer.concat([Buffer.of(0, 0, 0, 8), text('wide')]), /a video/, /ddnn classify/],
  [text('HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8'), /web server/, /no -i/],
  [text('/9j/4AAQSkZJRgABAQAAAQABAAD/\n2wBD'), /base64/, /base64 -d/],
  [text('data:image/png;base64,iVBORw0KGgoAAAANSUhEUg=='), /base64/, /base64 -d/],
  [Buffer.of(9, 200, 3, 1, 7, 7, 250), /unknown format/, /JPEG/],
] as const) {
  test(`${bytes.toString('latin1', 0, 24).replace(/[^ -~]/g, '.') || 'nothing'}: ${name.source}`, async () => {
    const kind = kindOf(bytes)
    assert.equal(kind.image, undefined)
    assert.match(kind.name, name)
    assert.match(kind.hint ?? '', hint)
    for (const formats of ['any', 'files', 'sent'] as const) {
      await assert.rejects(createImageDecoder({ formats })(bytes, 8, 8), (error) => {
        assert.ok(error instanceof DdnnError)
        assert.equal(error.code, 'DDNN_INPUT_UNREADABLE')
        return true
      })
    }
  })
}

test('images are known by their bytes', () => {
  for (const folder of ['input', 'input/brought']) {
    const all = repoPath('test', 'golden', folder)
    for (const file of readdirSync(all).filter((name) =>
      /\.(jpg|png|gif|webp|tiff|bmp)$/.test(name),
    )) {
      const ending = file.replace(/^.*\./, '').replace('jpg', 'jpeg')
      assert.equal(kindOf(readFileSync(`${all}/${file}`)).image, ending, file)
    }
  }
  assert.equal(kindOf(box('avif', 'mif1')).image, 'avif')
  assert.equal(kindOf(box('mif1', 'avif', 'miaf')).image, 'avif')
  assert.equal(
    kindOf(
      tiff([
        [254, 0],
        [256, 9],
      ]),
    ).image,
    'tiff',
  )
  for (const svg of [
    '<svg xmlns="x">',
    '<?xml version="1.0"?>\n<!-- drawn -->\n<svg>',
    '\xef\xbb\xbf<svg/>',
    '<?xml version="1.0"?><!DOCTYPE svg PUBLIC "x" "y" [ <!ENTITY ns "http://x/y"> ]><!-- c --><svg/>',
  ]) {
    assert.equal(kindOf(text(svg)).image, 'svg', svg)
  }
})

test('a drawing is an image to who reads files of its own, and none from the network', async () => {
  const svg = text(
    '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8" fill="#102030"/></svg>',
  )
  assert.deepEqual([...(await createImageDecoder()(svg, 1, 1))], [0x10, 0x20, 0x30])
  for (const formats of ['files', 'sent'] as const) {
    await assert.rejects(createImageDecoder({ formats })(svg, 1, 1), /got a drawing \(SVG\)/)
  }
})

test('no bytes are too short or too odd to be named', () => {
  const starts = ['BM', 'II*\0', 'MM\0*', 'RIFF', '\0\0\0\x20ftyp', '<', '{'].map(text)
  fc.assert(
    fc.property(
      fc.constantFrom(text(''), ...starts),
      fc.uint8Array({ maxLength: 64 }),
      (start, rest) => {
        assert.match(kindOf(Buffer.concat([start, rest])).name, /^(an? |bytes )/)
      },
    ),
  )
})

test('hundreds of comments in a row are read once, not in every way there is', () => {
  const many = '<!---->'.repeat(140)
  assert.equal(kindOf(text(`${many}<svg/>`)).image, 'svg')
  assert.notEqual(kindOf(text(`${many}x`)).image, 'svg')
})
