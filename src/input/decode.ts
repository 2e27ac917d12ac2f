// The image decoder: bytes of any format that sharp knows -> uint8 pixels of the network's size.
// Used by the image folder, by a tier that gets JPEGs, and by the training. sharp decodes on libuv's
// threads, so the event loop only picks pixels.
import sharp from 'sharp'
import { DdnnError } from '../errors.ts'
import type { ImageDecoder } from './input.ts'
import { pickPixels } from './pick-pixels.ts'

export interface ImageDecoderOptions {
  /** `jpeg` refuses all else before sharp sees it: for bytes that come from the network. */
  readonly formats?: 'any' | 'jpeg'
  /** Largest image that is decoded, pixels; each takes 3 or 4 bytes while it is decoded. */
  readonly maxPixels?: number
}

/** 2^26: a 64-megapixel photo, 200 MB decoded. */
export const defaultMaxPixels = 67_108_864

/**
 * A decoder as the original's: RGB, the aspect not kept, nearest neighbour as Pillow picks it. EXIF
 * orientation and colour profiles are ignored, as Pillow and TensorFlow ignore them; alpha is dropped,
 * grey repeated, 16 bits become 8; of many frames the first. The pixels equal Pillow's bit for bit
 * (test/golden/input), but CMYK goes through a profile here and is plainly inverted there.
 *
 * The bytes must not change until the promise settles.
 * @throws DDNN_INPUT_UNREADABLE when the bytes are no image, are cut short or hold too many pixels.
 */
export function createImageDecoder(options: ImageDecoderOptions = {}): ImageDecoder {
  const formats = options.formats ?? 'any'
  const maxPixels = options.maxPixels ?? defaultMaxPixels
  // No image comes twice, so a cache only holds memory; many images at once use the cores better
  // than many threads on one.
  sharp.cache(false)
  sharp.concurrency(1)

  return async (bytes, height, width) => {
    if (bytes.length === 0) throw unreadable('Expected an image, got 0 bytes')
    if (formats === 'jpeg' && !isJpeg(bytes)) {
      throw unreadable('Expected a JPEG image, got bytes of another format')
    }
    try {
      const { data, info } = await sharp(bytes, {
        failOn: 'truncated',
        limitInputPixels: maxPixels,
        ignoreIcc: true,
      })
        .toColourspace('srgb')
        .raw({ depth: 'uchar' })
        .toBuffer({ resolveWithObject: true })
      return pickPixels({ data, ...info }, height, width)
    } catch (cause) {
      throw unreadable(explain(cause, maxPixels), cause)
    }
  }
}

/** Whether these bytes start as a JPEG file does. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff
}

function unreadable(message: string, cause?: unknown): DdnnError {
  return new DdnnError('DDNN_INPUT_UNREADABLE', message, { cause })
}

function explain(cause: unknown, maxPixels: number): string {
  const message = cause instanceof Error ? cause.message : String(cause)
  if (message.includes('exceeds pixel limit')) {
    return `Expected an image of at most ${maxPixels} pixels, got a larger one`
  }
  const firstLine = message.trim().split('\n')[0] ?? ''
  return `Expected an image that decodes, got the error "${firstLine}"`
}
