// The image decoder: bytes of any format that sharp knows -> uint8 pixels of the network's size.
// Used by the image folder, by a tier that gets JPEGs, and by the training. sharp decodes on libuv's
// threads, so the event loop only picks pixels.
import { planImage, unreadable, type ImagePlan } from './image-plan.ts'
import type { ImageDecoder } from './input.ts'
import { createMemoryBudget, type MemoryBudget } from './memory-budget.ts'
import { pickFromStrip, pickPixels, type Pixels } from './pick-pixels.ts'
import { loadSharp } from './sharp.ts'

export interface ImageDecoderOptions {
  /**
   * `sent` is for bytes that come from the network: all but what a device sends (JPEG, WebP, AVIF) is
   * refused before sharp sees it, and an image may be no larger than fits the size that is asked for.
   */
  readonly formats?: 'any' | 'sent'
  /** Largest image that is decoded, pixels. Default `defaultMaxPixels`, of `sent` `networkMaxPixels`. */
  readonly maxPixels?: number | undefined
  /** What all images under way may hold together. Default: one of `decodingBytes` for the process. */
  readonly budget?: MemoryBudget
}

/** 2^26: a 64-megapixel photo. */
export const defaultMaxPixels = 67_108_864

/** Phones send 12 or 24 megapixels unless told to send more. */
const leastNetworkPixels = 25_000_000

/** Pixels of an image for each of the network's: more only costs time, since it is not averaged. */
const networkPixelsPerPixel = 64

/**
 * What a tier decodes at most for a network of this input size. A JPEG may be a phone's own file; WebP and AVIF
 * are made for the network, and decode whole, so the least does not count for them.
 */
export function networkMaxPixels(height: number, width: number, isOfJpeg = true): number {
  const own = networkPixelsPerPixel * height * width
  return Math.min(defaultMaxPixels, isOfJpeg ? Math.max(leastNetworkPixels, own) : own)
}

/** 128 MiB: three 12-megapixel photos at once. */
export const decodingBytes = 128 * 1024 * 1024

const processBudget = createMemoryBudget(decodingBytes)

/**
 * A decoder as the original's: RGB, the aspect not kept, nearest neighbour as Pillow picks it. EXIF
 * orientation and colour profiles are ignored, as Pillow and TensorFlow ignore them; alpha is dropped,
 * grey repeated, 16 bits become 8; of many frames the first. The pixels equal Pillow's bit for bit
 * (test/golden/input), but CMYK goes through a profile here and is plainly inverted there.
 *
 * An image waits until what it takes fits the budget. The bytes must not change until the promise settles.
 * @throws DDNN_INPUT_UNREADABLE when the bytes are no image, are cut short, hold too many pixels or scans.
 */
export function createImageDecoder(options: ImageDecoderOptions = {}): ImageDecoder {
  const { formats = 'any', budget = processBudget } = options

  return async (bytes, height, width) => {
    if (bytes.length === 0) throw unreadable('Expected an image, got 0 bytes')
    const isOfJpeg = isJpeg(bytes)
    if (formats === 'sent' && !isOfJpeg && !isWebp(bytes) && !isAvif(bytes)) {
      throw unreadable('Expected a JPEG, WebP or AVIF image, got bytes of another format')
    }
    const fitting =
      formats === 'sent' ? networkMaxPixels(height, width, isOfJpeg) : defaultMaxPixels
    const plan = await planImage(bytes, isOfJpeg, options.maxPixels ?? fitting)
    return budget.run(plan.bytes, () => decodePlanned(bytes, plan, height, width))
  }
}

/** Whether these bytes start as a JPEG file does. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff
}

/** RIFF, its length, and its kind. */
function isWebp(bytes: Uint8Array): boolean {
  return textAt(bytes, 0, 'RIFF') && textAt(bytes, 8, 'WEBP')
}

/** A box of file type whose major brand is a still image of AV1. */
function isAvif(bytes: Uint8Array): boolean {
  return textAt(bytes, 4, 'ftypavif')
}

function textAt(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (bytes[at + i] !== text.charCodeAt(i)) return false
  }
  return true
}

/** uint8 `[height, width, 3]`; where the image is decoded in strips, each is let go before the next. */
async function decodePlanned(
  bytes: Uint8Array,
  plan: ImagePlan,
  height: number,
  width: number,
): Promise<Uint8Array> {
  if (plan.stripRows >= plan.height) {
    return pickPixels(await decodeRows(bytes, plan, 0), height, width)
  }
  const target = new Uint8Array(height * width * 3)
  for (let top = 0; top < plan.height; top += plan.stripRows) {
    const strip = await decodeRows(bytes, plan, top)
    pickFromStrip(strip, { top, height: plan.height }, target, height, width)
  }
  return target
}

/** The strip from `top` on. The last one is read to the file's end, where a cut shows. */
async function decodeRows(bytes: Uint8Array, plan: ImagePlan, top: number): Promise<Pixels> {
  const { format, width, height, stripRows } = plan
  const sharp = await loadSharp()
  const image = sharp(bytes, {
    failOn: 'truncated',
    // What was planned for, should sharp read the header otherwise than we did, or an AVIF hold a larger
    // picture than its header says (libheif stops there, tried).
    limitInputPixels: width * height,
    ignoreIcc: true,
  })
  if (stripRows < height) {
    image.extract({ left: 0, top, width, height: Math.min(stripRows, height - top) })
  }
  try {
    const { data, info } = await image
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true })
    return { data, ...info }
  } catch {
    throw unreadable(
      `Expected an image that decodes, got a ${format} of ${width} x ${height} that is damaged, cut short or of an unknown kind`,
    )
  }
}
