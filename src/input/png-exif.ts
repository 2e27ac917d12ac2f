// How a PNG is to be held. Its EXIF block may stand behind the pixels, begin as one of a JPEG does, or be written in hex
// digits in a text (ImageMagick's way before there was a chunk for it); sharp finds none of these, Pillow all.
import { inflateSync } from 'node:zlib'
import { turnOfExif, type Turn } from './exif.ts'

/** Length and type in front of a chunk's data, and a sum behind them. */
const frontBytes = 8
const sumBytes = 4
const signatureBytes = 8

const exifStart = 'Exif\0\0'
const profileKeyword = /^Raw profile type (?:exif|APP1)\0/

/** Blocks of EXIF are at most 64 KB, twice that in hex. A longer text is another one. */
const maxTextBytes = 256 * 1024

/** 1 where the file says none. Never throws. */
export function turnOfPng(bytes: Uint8Array): Turn {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let ofText: Buffer | undefined
  for (let at = signatureBytes; at + frontBytes <= file.length;) {
    const from = at + frontBytes
    const end = from + file.readUInt32BE(at)
    const type = file.toString('latin1', at + 4, from)
    // The chunk of its own goes before the text, as for Pillow.
    if (type === 'eXIf') return turnOf(file.subarray(from, end))
    // What lies behind the end is no part of it, as for Pillow.
    if (type === 'IEND') break
    if (type === 'zTXt' || type === 'tEXt') ofText ??= profileIn(file.subarray(from, end), type)
    at = end + sumBytes
  }
  return ofText === undefined ? 1 : turnOf(ofText)
}

function turnOf(block: Buffer): Turn {
  const isOfJpeg = block.toString('latin1', 0, exifStart.length) === exifStart
  return turnOfExif(isOfJpeg ? block.subarray(exifStart.length) : block)
}

/** `\n`, a name, the count of bytes, and these in hex digits with line breaks. Undefined of other texts. */
function profileIn(chunk: Buffer, type: 'zTXt' | 'tEXt'): Buffer | undefined {
  const keyword = profileKeyword.exec(chunk.toString('latin1', 0, 40))?.[0]
  if (keyword === undefined) return undefined
  const text = type === 'tEXt' ? chunk.subarray(keyword.length) : inflated(chunk, keyword.length)
  const [, digits = ''] = /^\s*\w+\s+\d+\s+([\da-f\s]*)/i.exec(text.toString('latin1')) ?? []
  return Buffer.from(digits.replace(/\s+/g, ''), 'hex')
}

/** Behind the keyword, and a byte that says how the text is packed. */
function inflated(chunk: Buffer, keywordBytes: number): Buffer {
  try {
    return inflateSync(chunk.subarray(keywordBytes + 1), { maxOutputLength: maxTextBytes })
  } catch {
    return Buffer.alloc(0)
  }
}
