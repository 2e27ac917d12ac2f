// What bytes are, by how they begin: the images that are decoded, and what people bring in their place, named so
// that an error says what they hold and what to do. Nothing past the first bytes is looked at.
import { kindOfContainer } from './container-kind.ts'
import { isBmp } from './bmp-header.ts'
import { firstBytes, notAnImage, saveAsJpeg } from './first-bytes.ts'
import { rawPhoto, type FileKind } from './known-kinds.ts'
import { isRawPhoto } from './raw-photo.ts'
import { isTiff } from './tiff-tags.ts'

/** Of bytes that nobody knows: a decoder may all the same. */
export const unknownName = 'bytes of an unknown format'

/** In words, for who sent another. */
export const imageKindNames = 'JPEG, PNG, WebP, AVIF, GIF, TIFF or BMP'

const fetchAgain = 'The download or copy went wrong: fetch the file anew'

/** What these bytes are. */
export function kindOf(bytes: Uint8Array): FileKind {
  if (bytes.length === 0) return { name: 'a file of 0 bytes', hint: fetchAgain }
  const row = firstBytes.find(([at, start]) => start.every((byte, i) => bytes[at + i] === byte))
  if (row !== undefined) return row[2]
  if (isTiff(bytes)) return isRawPhoto(bytes) ? rawPhoto : { image: 'tiff', name: 'a TIFF image' }
  if (isBmp(bytes)) return { image: 'bmp', name: 'a BMP image' }
  return kindOfContainer(bytes) ?? kindOfText(bytes) ?? kindOfOther(bytes)
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
  if (/^(?:data:image\/\w+;base64,)?(?:\/9j\/|iVBORw0KGgo)[\w+/=\s]+$/.test(text)) {
    return { name: 'an image as a text (base64)', hint: 'Decode it first: base64 -d IN > OUT.jpg' }
  }
  if (/^[[{]/.test(text)) return { name: 'a text (JSON)', hint: notAnImage }
  return { name: 'a text', hint: notAnImage }
}

function kindOfOther(bytes: Uint8Array): FileKind {
  const isEmpty = bytes.subarray(0, 4096).every((byte) => byte === 0)
  return isEmpty
    ? { name: 'a file of zeros', hint: fetchAgain }
    : { name: unknownName, hint: saveAsJpeg }
}
