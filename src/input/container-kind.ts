// What is in a box: ISO's media files (HEIC, AVIF, CR3, MP4) and Microsoft's RIFF (WebP, AVI), by their brands.
import { rawPhoto, video, type FileKind } from './known-kinds.ts'

const heic: FileKind = {
  name: 'a HEIC photo, as iPhones make them',
  hint: 'Convert it to JPEG (heif-convert IN OUT.jpg; on a Mac: sips -s format jpeg IN --out OUT.jpg), or set the phone to Camera > Formats > Most Compatible',
}
const avif: FileKind = { image: 'avif', name: 'an AVIF image' }
const heicBrands = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs']

/** Undefined for what is no such box. */
export function kindOfContainer(bytes: Uint8Array): FileKind | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 256))
  const text = (at: number) => head.toString('latin1', at, at + 4)
  if (text(0) === 'RIFF') {
    if (text(8) === 'WEBP') return { image: 'webp', name: 'a WebP image' }
    return text(8) === 'AVI ' ? video : undefined
  }
  if (text(4) !== 'ftyp') return undefined
  const end = Math.min(head.readUInt32BE(0), head.length)
  const brands = [text(8)]
  for (let at = 16; at + 4 <= end; at += 4) brands.push(text(at))
  // 'mif1' alone says only that it is a picture; the brands behind it say of which kind.
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return avif
  if (brands.some((brand) => heicBrands.includes(brand))) return heic
  if (brands[0] === 'crx ') return rawPhoto
  if (brands[0] === 'mif1' || brands[0] === 'msf1') return heic
  return video
}

/**
 * An animated AVIF file under the brand of a still one, which it is as well: the decoder knows its first picture by that
 * alone. A copy; other files as they are.
 */
export function asStill(bytes: Uint8Array): Uint8Array {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (file.toString('latin1', 8, 12) !== 'avis') return bytes
  const still = Buffer.from(file)
  still.write('avif', 8, 'latin1')
  return still
}
