// Before an image is decoded: how large it is, what decoding it takes, and whether that is allowed. Known
// from its header alone, so a bomb costs nothing.
import { DdnnError } from '../errors.ts'
import { readBmpHeader, type BmpHeader } from './bmp-header.ts'
import { toTurn, type Turn } from './exif.ts'
import { imageKindNames, unknownName } from './file-kind.ts'
import type { ImageKind } from './known-kinds.ts'
import { readJpegHeader } from './jpeg-header.ts'
import { turnOfPng } from './png-exif.ts'
import { loadSharp } from './sharp.ts'
import { isTiled } from './tiff-tags.ts'

type FailOn = 'truncated' | 'error' | 'warning'

export interface ImagePlan {
  /** For messages: 'JPEG'. */
  readonly format: string
  /** As it is stored. */
  readonly width: number
  readonly height: number
  /** How it is to be held, as its EXIF block says. */
  readonly turn: Turn
  /** Of inks, whose colours its profile tells, or else the decoder's own. */
  readonly isCmyk: boolean
  /** What the decoder is to stop at, by default at what is cut short; a JPEG of which some bytes are wrong is shown by viewers. */
  readonly failOn?: FailOn
  /** Of a bitmap, which is read here and not by sharp. */
  readonly bmp?: BmpHeader | undefined
  /** Rows that are decoded at once. Each strip but the first decodes what is above it again. */
  readonly stripRows: number
  /** Most that decoding holds at once, bytes; the encoded image not counted. */
  readonly bytes: number
}

/** 48 MiB, a 16-megapixel photo: most raw pixels at once of an image that can be read row by row. */
const stripBytes = 48 * 1024 * 1024

/** A progressive JPEG has about 10 scans, a much optimised one 20. libvips itself has no limit (tried). */
const maxScans = 50

const saveAnew = 'Save the image anew, as a baseline JPEG'

export const fetchOrSave = 'Fetch the file anew, or save the image as a PNG'

const sizeHint = 'Make the image smaller; --max-image-pixels of a device or tier allows larger ones'

/**
 * What decoding these bytes takes.
 * @throws DDNN_INPUT_UNREADABLE when they are no image, or one that is not allowed.
 */
export async function planImage(
  bytes: Uint8Array,
  kind: ImageKind | undefined,
  maxPixels: number,
): Promise<ImagePlan> {
  const cost = await costOf(bytes, kind)
  const { channels, held, canStream, ...facts } = cost
  const { width, height } = facts
  if (width * height > maxPixels) {
    const message = `Expected an image of at most ${maxPixels} pixels, got ${width} x ${height}`
    throw unreadable(message, sizeHint)
  }
  const rowBytes = width * channels
  const all = height * rowBytes
  const strips = canStream ? Math.ceil(all / stripBytes) : 1
  // Strips of one size: three of 20 rows cost no more than three of 28, 28 and 4.
  const stripRows = Math.ceil(height / strips)
  // The strip before is garbage by then, but not yet collected.
  const alive = Math.min(2, strips)
  return { ...facts, stripRows, bytes: held + alive * stripRows * rowBytes }
}

interface Cost extends Omit<ImagePlan, 'stripRows' | 'bytes'> {
  /** Of the decoded pixels, 8 bits each. */
  readonly channels: number
  /** What the decoder holds beside its result, bytes. */
  readonly held: number
  readonly canStream: boolean
}

function costOf(bytes: Uint8Array, kind: ImageKind | undefined): Cost | Promise<Cost> {
  if (kind === 'jpeg') return planJpeg(bytes)
  return kind === 'bmp' ? planBmp(bytes) : planOther(bytes, kind)
}

/** Nothing but what is picked is read, and of runs a byte a pixel. */
function planBmp(bytes: Uint8Array): Cost {
  const bmp = readBmpHeader(bytes)
  if (bmp === undefined) {
    throw unreadable(
      'Expected a BMP image, got one whose header is damaged, cut short or of a kind that is not known',
      'Save the image anew, as a PNG',
    )
  }
  const { width, height, isRuns } = bmp
  const facts = { format: 'BMP', width, height, turn: 1, isCmyk: false, bmp } as const
  return { ...facts, channels: 0, held: isRuns ? width * height : 0, canStream: false }
}

function planJpeg(bytes: Uint8Array): Cost {
  const header = readJpegHeader(bytes)
  if (header === undefined) {
    throw unreadable('Expected a JPEG image, got one whose header is damaged or cut short')
  }
  const { width, height, bits, turn, components, coefficientBytes: held, scans } = header
  if (bits !== 8) {
    throw unreadable(`Expected a JPEG image of 8 bits a sample, got one of ${bits}`, saveAnew)
  }
  if (scans > maxScans) {
    throw unreadable(`Expected a JPEG image of at most ${maxScans} scans, got ${scans}`, saveAnew)
  }
  const facts = { format: 'JPEG', width, height, turn, isCmyk: components === 4 }
  return { ...facts, channels: 3, held, canStream: scans === 1 }
}

/** What sharp calls samples of whole numbers from 0 on, to their bytes. */
const depthBytes: Readonly<Partial<Record<string, number>>> = { uchar: 1, ushort: 2 }

async function planOther(bytes: Uint8Array, kind: ImageKind | undefined): Promise<Cost> {
  const sharp = await loadSharp()
  const metadata = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch(() => {
      if (kind === undefined) {
        throw unreadable(`Expected a ${imageKindNames} image, got ${unknownName}`, fetchOrSave)
      }
      throw unreadable(
        `Expected a whole ${kind.toUpperCase()} image, got one that is damaged, cut short or of a kind that is not known`,
        fetchOrSave,
      )
    })
  const { width, height, channels, depth } = metadata
  const format = (kind ?? metadata.format).toUpperCase()
  const sampleBytes = depthBytes[depth]
  // A float may go to 1, to 255 or anywhere: taken as the one where it is the other, it is black or white in silence.
  if (sampleBytes === undefined) {
    throw unreadable(
      `Expected samples of 8 or 16 bits, got a ${format} of ${depth} samples, of which nobody can say how bright white is`,
      'Save the image with 8 bits a channel, as a PNG',
    )
  }
  const canStream = metadata.format === 'png' && metadata.isProgressive !== true
  const held = canStream ? 0 : width * height * channels * sampleBytes
  const turn = kind === 'png' ? turnOfPng(bytes) : toTurn(metadata.orientation)
  const failOn = kind === 'tiff' ? failOnOfTiff(bytes) : 'truncated'
  const facts = { format, width, height, turn, failOn, isCmyk: metadata.space === 'cmyk' }
  return { ...facts, channels: Math.max(3, channels), held, canStream }
}

/**
 * What cannot be unpacked is else black: TIFF files have packings that the decoder does not know, and of what is damaged in
 * tiles or not there it does but warn. What it warns of in fields, as their order, it does not stop at there (tried); in
 * strips it does.
 */
function failOnOfTiff(bytes: Uint8Array): FailOn {
  return isTiled(bytes) ? 'warning' : 'error'
}

/** An image at fault. What libvips says is left out: its messages are those of all threads together. */
export function unreadable(message: string, hint?: string): DdnnError {
  return new DdnnError('DDNN_INPUT_UNREADABLE', message, { hint })
}
