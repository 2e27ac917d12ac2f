// Before an image is decoded: how large it is, what decoding it takes, and whether that is allowed. Known
// from its header alone, so a bomb costs nothing.
import { DdnnError } from '../errors.ts'
import { readJpegHeader } from './jpeg-header.ts'
import { loadSharp } from './sharp.ts'

export interface ImagePlan {
  /** For messages: 'JPEG'. */
  readonly format: string
  readonly width: number
  readonly height: number
  /** Rows that are decoded at once. Each strip but the first decodes what is above it again. */
  readonly stripRows: number
  /** Most that decoding holds at once, bytes; the encoded image not counted. */
  readonly bytes: number
}

/** 48 MiB, a 16-megapixel photo: most raw pixels at once of an image that can be read row by row. */
const stripBytes = 48 * 1024 * 1024

/** A progressive JPEG has about 10 scans, a much optimised one 20. libvips itself has no limit (tried). */
const maxScans = 50

const sizeHint = 'Make the image smaller; --max-image-pixels of a device or tier allows larger ones'

/**
 * What decoding these bytes takes.
 * @throws DDNN_INPUT_UNREADABLE when they are no image, or one that is not allowed.
 */
export async function planImage(
  bytes: Uint8Array,
  isJpeg: boolean,
  maxPixels: number,
): Promise<ImagePlan> {
  const cost = isJpeg ? planJpeg(bytes) : await planOther(bytes)
  const { format, width, height, channels, held, canStream } = cost
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
  return { format, width, height, stripRows, bytes: held + alive * stripRows * rowBytes }
}

interface Cost {
  readonly format: string
  readonly width: number
  readonly height: number
  /** Of the decoded pixels, 8 bits each. */
  readonly channels: number
  /** What the decoder holds beside its result, bytes. */
  readonly held: number
  readonly canStream: boolean
}

function planJpeg(bytes: Uint8Array): Cost {
  const header = readJpegHeader(bytes)
  if (header === undefined) {
    throw unreadable('Expected a JPEG image, got one whose header is damaged or cut short')
  }
  const { width, height, coefficientBytes: held, scans } = header
  if (scans > maxScans) {
    throw unreadable(
      `Expected a JPEG image of at most ${maxScans} scans, got ${scans}`,
      'Save the image anew, as a baseline JPEG',
    )
  }
  return { format: 'JPEG', width, height, channels: 3, held, canStream: scans === 1 }
}

/** What sharp calls the depth of a channel, to its bytes; others are of 4 or 8. */
const depthBytes: Readonly<Partial<Record<string, number>>> = {
  uchar: 1,
  char: 1,
  ushort: 2,
  short: 2,
}

async function planOther(bytes: Uint8Array): Promise<Cost> {
  const sharp = await loadSharp()
  const metadata = await sharp(bytes, { limitInputPixels: false })
    .metadata()
    .catch(() => {
      throw unreadable('Expected an image, got bytes of another or a damaged format')
    })
  const { width, height, channels, depth } = metadata
  const canStream = metadata.format === 'png' && metadata.isProgressive !== true
  const held = canStream ? 0 : width * height * channels * (depthBytes[depth] ?? 8)
  const format = metadata.format.toUpperCase()
  const decoded = Math.max(3, channels)
  return { format, width, height, channels: decoded, held, canStream }
}

/** An image at fault. What libvips says is left out: its messages are those of all threads together. */
export function unreadable(message: string, hint?: string): DdnnError {
  return new DdnnError('DDNN_INPUT_UNREADABLE', message, { hint })
}
