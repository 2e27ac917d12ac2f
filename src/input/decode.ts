// The image decoder: bytes of any format that sharp knows -> uint8 pixels of the network's size.
// Used by the image folder, by a tier that gets JPEGs, and by the training. sharp decodes on libuv's
// threads, so the event loop only picks pixels.
import { defaultOrientation, type Orientation } from '../domain/orientation.ts'
import type { DdnnError } from '../errors.ts'
import { pickBmp } from './bmp-pixels.ts'
import { asStill } from './container-kind.ts'
import { imageKindNames, kindOf, unknownName } from './file-kind.ts'
import type { FileKind, ImageKind } from './known-kinds.ts'
import { fetchOrSave, planImage, unreadable, type ImagePlan } from './image-plan.ts'
import type { ImageDecoder } from './input.ts'
import { createMemoryBudget, type MemoryBudget } from './memory-budget.ts'
import {
  pickFromStrip,
  placesOf,
  type PickedSize,
  type Pixels,
  type Places,
} from './pick-pixels.ts'
import { loadSharp } from './sharp.ts'

interface ImageDecoderOptions {
  /**
   * `files` leaves drawings (SVG) out: they are programs to whoever renders them, so from the network they are no
   * image. `sent` is for what a device sends: all but JPEG, WebP and AVIF is refused before sharp sees it, and
   * an image may be no larger than fits the size that is asked for.
   */
  readonly formats?: 'any' | 'files' | 'sent'
  /** The user's word, in place of what the model says with each image. */
  readonly orientation?: Orientation | undefined
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
 * A decoder as the original's: RGB, the aspect not kept, nearest neighbour as Pillow picks it. Photos are turned
 * as their EXIF blocks say, unless they are to be taken as they are stored. Profiles of RGB images are ignored, as
 * Pillow and TensorFlow ignore them; alpha is dropped, grey repeated, 16 bits become 8; of many frames the first.
 * The pixels equal Pillow's bit for bit (test/golden/input). CMYK goes through its own profile, or libvips' where
 * it has none; Pillow inverts it plainly.
 *
 * An image waits until what it takes fits the budget. The bytes must not change until the promise settles.
 * @throws DDNN_INPUT_UNREADABLE when the bytes are no image, are cut short, hold too many pixels or scans.
 */
export function createImageDecoder(options: ImageDecoderOptions = {}): ImageDecoder {
  const { formats = 'any', budget = processBudget } = options

  return async (file, height, width, modelOrientation = defaultOrientation) => {
    const kind = kindOf(file)
    assertTaken(kind, formats)
    const bytes = kind.image === 'avif' ? asStill(file) : file
    const fitting =
      formats === 'sent' ? networkMaxPixels(height, width, kind.image === 'jpeg') : defaultMaxPixels
    const plan = await planImage(bytes, kind.image, options.maxPixels ?? fitting)
    const isTurned = (options.orientation ?? modelOrientation) === 'apply'
    const size = { height, width }
    const places = placesOf(plan, isTurned ? plan.turn : 1, size)
    return budget.run(plan.bytes, () => decodePlanned(bytes, plan, places, size))
  }
}

/** Whether these bytes start as a JPEG file does. */
export function isJpeg(bytes: Uint8Array): boolean {
  return kindOf(bytes).image === 'jpeg'
}

const sentKinds: readonly ImageKind[] = ['jpeg', 'webp', 'avif']

/** What is no image that anybody knows is left to sharp, where any format is taken. */
function assertTaken(
  { image, name, hint }: FileKind,
  formats: NonNullable<ImageDecoderOptions['formats']>,
): void {
  const isTaken = {
    any: image !== undefined || name === unknownName,
    files: image !== undefined && image !== 'svg',
    sent: image !== undefined && sentKinds.includes(image),
  }[formats]
  if (isTaken) return
  const wanted = formats === 'sent' ? 'a JPEG, WebP or AVIF image' : `a ${imageKindNames} image`
  throw unreadable(`Expected ${wanted}, got ${name}`, hint)
}

/** uint8 `[height, width, 3]`; where the image is decoded in strips, each is let go before the next. */
async function decodePlanned(
  bytes: Uint8Array,
  plan: ImagePlan,
  places: Places,
  size: PickedSize,
): Promise<Uint8Array> {
  if (plan.bmp !== undefined) {
    const picked = pickBmp(bytes, plan.bmp, places, size)
    if (picked === undefined) throw undecodable(plan)
    return picked
  }
  const target = new Uint8Array(size.height * size.width * 3)
  for (let top = 0; top < plan.height; top += plan.stripRows) {
    pickFromStrip(await decodeRows(bytes, plan, top), top, places, target)
  }
  return target
}

/** The strip from `top` on. The last one is read to the file's end, where a cut shows. */
async function decodeRows(bytes: Uint8Array, plan: ImagePlan, top: number): Promise<Pixels> {
  const { width, height, stripRows, isCmyk, failOn = 'truncated' } = plan
  const sharp = await loadSharp()
  const image = sharp(bytes, {
    failOn,
    // What was planned for, should sharp read the header otherwise than we did, or an AVIF hold a larger
    // picture than its header says (libheif stops there, tried).
    limitInputPixels: width * height,
    // What an ink looks like is told by nothing but its profile.
    ignoreIcc: !isCmyk,
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
    throw undecodable(plan)
  }
}

function undecodable({ format, width, height }: ImagePlan): DdnnError {
  return unreadable(
    `Expected an image that decodes, got a ${format} of ${width} x ${height} that is damaged, cut short or packed in a way that is not known`,
    fetchOrSave,
  )
}
