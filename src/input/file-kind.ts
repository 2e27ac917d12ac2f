// What bytes are, by how they begin: the images that are decoded, and what people bring in their place, named so
// that an error says what they hold and what to do. Nothing past the first bytes is looked at.
import { kindOfContainer } from './container-kind.ts'
import { isBmp } from './bmp-header.ts'
import { rawPhoto, video, type FileKind } from './known-kinds.ts'
import { isRawPhoto } from './raw-photo.ts'

/** Of bytes that nobody knows: a decoder may all the same. */
export const unknownName = 'bytes of an unknown format'

/** In words, for who sent another. */
export const imageKindNames = 'JPEG, PNG, WebP, AVIF, GIF, TIFF or BMP'

const ascii = (text: string) => Buffer.from(text, 'latin1')

const saveAsJpeg = 'Save it as a JPEG or PNG image'
const notAnImage = 'Leave it out, or pass the image itself'
const fetchAgain = 'The download or copy went wrong: fetch the file anew'

/** First bytes at a place, and what they mean; the first row that fits holds. */
const magics: readonly (readonly [at: number, bytes: Buffer, kind: FileKind])[] = [
  [0, Buffer.of(0xff, 0xd8, 0xff), { image: 'jpeg', name: 'a JPEG image' }],
  [0, Buffer.of(0x89, 0x50, 0x4e, 0x47), { image: 'png', name: 'a PNG image' }],
  [0, ascii('GIF8'), { image: 'gif', name: 'a GIF image' }],
  [0, ascii('8BPS'), { name: 'a Photoshop file (PSD)', hint: saveAsJpeg }],
  [0, ascii('FUJIFILMCCD-RAW'), rawPhoto],
  [0, ascii('IIU\0'), rawPhoto],
  [0, ascii('IIRO'), rawPhoto],
  [0, ascii('IIRS'), rawPhoto],
  [0, ascii('FOVb'), rawPhoto],
  [0, Buffer.of(0xff, 0x0a), { name: 'a JPEG XL image', hint: `${saveAsJpeg}: djxl IN OUT.jpg` }],
  [4, ascii('JXL '), { name: 'a JPEG XL image', hint: `${saveAsJpeg}: djxl IN OUT.jpg` }],
  [4, ascii('jP  '), { name: 'a JPEG 2000 image', hint: saveAsJpeg }],
  [0, Buffer.of(0xff, 0x4f, 0xff, 0x51), { name: 'a JPEG 2000 image', hint: saveAsJpeg }],
  [0, ascii('%PDF'), { name: 'a PDF document', hint: `${saveAsJpeg}: pdftoppm -jpeg IN OUT` }],
  [0, ascii('%!PS'), { name: 'a PostScript document', hint: saveAsJpeg }],
  [0, Buffer.of(0, 0, 1, 0), { name: 'an icon (ICO)', hint: saveAsJpeg }],
  [0, ascii('PK\x03\x04'), { name: 'a ZIP archive', hint: 'Unpack it first' }],
  [0, Buffer.of(0x1f, 0x8b), { name: 'a gzip archive', hint: 'Unpack it first' }],
  [0, ascii('Rar!'), { name: 'a RAR archive', hint: 'Unpack it first' }],
  [0, ascii('7z\xbc\xaf'), { name: 'a 7-Zip archive', hint: 'Unpack it first' }],
  [257, ascii('ustar'), { name: 'a tar archive', hint: 'Unpack it first' }],
  [0, Buffer.of(0x1a, 0x45, 0xdf, 0xa3), video],
  [0, Buffer.of(0, 0, 1, 0xba), video],
  [0, ascii('FLV\x01'), video],
  [
    0,
    Buffer.of(0, 5, 0x16, 7),
    { name: 'a companion file of macOS (AppleDouble)', hint: notAnImage },
  ],
  [
    0,
    ascii('\x93NUMPY'),
    { name: 'a NumPy array', hint: `${saveAsJpeg}, by Pillow: Image.fromarray` },
  ],
  [128, ascii('DICM'), { name: 'a DICOM image', hint: saveAsJpeg }],
]

/** What these bytes are. */
export function kindOf(bytes: Uint8Array): FileKind {
  if (bytes.length === 0) return { name: 'a file of 0 bytes', hint: fetchAgain }
  const row = magics.find(([at, magic]) => magic.every((byte, i) => bytes[at + i] === byte))
  if (row !== undefined) return row[2]
  if (isTiff(bytes)) return isRawPhoto(bytes) ? rawPhoto : { image: 'tiff', name: 'a TIFF image' }
  if (isBmp(bytes)) return { image: 'bmp', name: 'a BMP image' }
  return kindOfContainer(bytes) ?? kindOfText(bytes) ?? kindOfOther(bytes)
}

function isTiff(bytes: Uint8Array): boolean {
  const [a, b, c, d] = bytes
  return (
    (a === 0x49 && b === 0x49 && c === 0x2a && d === 0) ||
    (a === 0x4d && b === 0x4d && c === 0 && d === 0x2a)
  )
}

// A comment holds no end of one: else what begins with many could be read in a number of ways that doubles with each.
const svgStart =
  /^(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->)[^])*-->\s*)*(?:<!DOCTYPE svg(?:[^>[]|\[[^\]]*\])*>\s*)?(?:<!--(?:(?!-->)[^])*-->\s*)*<svg\b/i
const htmlStart = /^(?:<!--(?:(?!-->)[^])*-->\s*)*<(?:!doctype html|html|head|body)\b/i

/** Texts, whose beginning says what they are; an SVG drawing is one. */
function kindOfText(bytes: Uint8Array): FileKind | undefined {
  const start = Buffer.from(bytes.subarray(0, 1024))
  const isText = !start.some((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27))
  if (!isText) return undefined
  const text = start
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart()
  if (svgStart.test(text)) {
    return { image: 'svg', name: 'a drawing (SVG)', hint: saveAsJpeg }
  }
  if (htmlStart.test(text)) {
    return {
      name: 'a web page (HTML)',
      hint: `${fetchAgain}, from the address of the image itself`,
    }
  }
  if (text.startsWith('version https://git-lfs.github.com/')) {
    return { name: 'a pointer of Git LFS', hint: 'Fetch the file that it stands for: git lfs pull' }
  }
  if (/^<\?xml|^<[a-z]/i.test(text)) return { name: 'a text (XML)', hint: notAnImage }
  if (/^[[{]/.test(text)) return { name: 'a text (JSON)', hint: notAnImage }
  return { name: 'a text', hint: notAnImage }
}

function kindOfOther(bytes: Uint8Array): FileKind {
  const isEmpty = bytes.subarray(0, 4096).every((byte) => byte === 0)
  return isEmpty
    ? { name: 'a file of zeros', hint: fetchAgain }
    : { name: unknownName, hint: saveAsJpeg }
}
