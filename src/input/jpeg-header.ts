// What a JPEG says of itself before any pixel is decoded: size, and what decoding it will cost. Read here
// and not by sharp, whose metadata() takes a third of a millisecond and a thread for each image, and
// does not count scans.
import { turnOfExif, type Turn } from './exif.ts'

interface JpegHeader {
  readonly width: number
  readonly height: number
  /** Of a sample: 8, in scans of medicine and of film 12. */
  readonly bits: number
  /**
   * Bytes of the coefficients that the decoder holds until the last scan of a progressive (or otherwise
   * not interleaved) image is read: 2 for each sample, after subsampling. 0 where it decodes row by row.
   */
  readonly coefficientBytes: number
  /** 1 where it decodes row by row. A small file can hold thousands, each of which costs a pass. */
  readonly scans: number
  /** How it is to be held, of its EXIF block. */
  readonly turn: Turn
  /** Four: cyan, magenta, yellow and black. */
  readonly components: number
}

/** APP1, and how it begins where it holds EXIF. */
const exifMarker = 0xe1
const exifStart = 'Exif\0\0'

const startOfScan = Buffer.from([0xff, 0xda])

/** Cameras write below 100, extended XMP and profiles in pieces of 64 KB some more. */
const maxSegments = 1024

/** Undefined for what no decoder would read either: cut short, or no frame before the first scan. */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let frame: Frame | undefined
  let turn: Turn | undefined
  let at = 2
  for (let segments = 0; segments < maxSegments; segments++) {
    // As libjpeg: anything before the next marker is skipped, and a marker may be filled up with 0xff.
    at = file.indexOf(0xff, at)
    if (at < 0) return undefined
    while (file[at] === 0xff) at++
    const marker = file[at++] ?? 0
    if (marker === 0 || isAlone(marker)) continue
    if (at + 2 > file.length) return undefined
    const length = file.readUInt16BE(at)
    if (isStartOfFrame(marker)) {
      frame = readFrame(file.subarray(at, at + length), marker)
      if (frame === undefined) return undefined
    }
    // The first block counts, as for Pillow.
    if (marker === exifMarker) turn ??= turnOfSegment(file.subarray(at + 2, at + length))
    if (marker === startOfScan[1]) return frame && describe(frame, turn ?? 1, file, at)
    at += length
  }
  return undefined
}

interface Frame {
  readonly width: number
  readonly height: number
  readonly bits: number
  readonly isProgressive: boolean
  readonly components: number
  /** Samples of all components for each pixel: 1 for grey, 1.5 for 4:2:0, 3 for 4:4:4. */
  readonly samplesPerPixel: number
}

function describe(frame: Frame, turn: Turn, file: Buffer, scanAt: number): JpegHeader {
  const { width, height, bits, isProgressive, components, samplesPerPixel } = frame
  const facts = { width, height, bits, turn, components }
  const isStreamed = !isProgressive && file[scanAt + 2] === components
  if (isStreamed) return { ...facts, coefficientBytes: 0, scans: 1 }
  const coefficientBytes = Math.ceil(width * height * samplesPerPixel * 2)
  return { ...facts, coefficientBytes, scans: countScans(file, scanAt - 2) }
}

/** Undefined for an APP1 segment of another kind (XMP). */
function turnOfSegment(segment: Buffer): Turn | undefined {
  if (segment.toString('latin1', 0, exifStart.length) !== exifStart) return undefined
  return turnOfExif(segment.subarray(exifStart.length))
}

/** Within a scan's data 0xff is always followed by another byte, so each pair found is a marker. */
function countScans(file: Buffer, from: number): number {
  let scans = 0
  for (let at = from; (at = file.indexOf(startOfScan, at)) >= 0; at += 2) scans++
  return scans
}

/** `segment` from its length on: length 2, precision 1, height 2, width 2, count 1, then 3 a component. */
function readFrame(segment: Buffer, marker: number): Frame | undefined {
  const components = segment[7] ?? 0
  if (components === 0 || segment.length < 8 + 3 * components) return undefined
  const height = segment.readUInt16BE(3)
  const width = segment.readUInt16BE(5)
  if (height === 0 || width === 0) return undefined
  const factors = Array.from({ length: components }, (_, i) => {
    const packed = segment[9 + 3 * i] ?? 0
    return { across: packed >> 4, down: packed & 15 }
  })
  const across = Math.max(...factors.map((factor) => factor.across))
  const down = Math.max(...factors.map((factor) => factor.down))
  const samples = factors.reduce((sum, factor) => sum + factor.across * factor.down, 0)
  if (across === 0 || down === 0) return undefined
  const isProgressive = marker !== 0xc0 && marker !== 0xc1
  const samplesPerPixel = samples / (across * down)
  return { width, height, bits: segment[2] ?? 0, isProgressive, components, samplesPerPixel }
}

/** Markers without a length: restarts, start and end of image, TEM. */
function isAlone(marker: number): boolean {
  return (marker >= 0xd0 && marker <= 0xd9) || marker === 0x01
}

/** 0xc0 to 0xcf, but the tables (c4), the extension (c8) and the conditioning (cc). */
function isStartOfFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
}
