// Small images for the HTML report; here because sharp lives in this room alone.
import { join } from 'node:path'
import type { Sharp } from 'sharp'
import { readBmpHeader } from './bmp-header.ts'
import { asStill } from './container-kind.ts'
import { createImageDecoder, defaultMaxPixels } from './decode.ts'
import { kindOf } from './file-kind.ts'
import { readWhole } from './read-file.ts'
import { loadSharp } from './sharp.ts'

/** Sides of a thumbnail at most, pixels: sharp on a dense screen at half that size. */
const side = 96

/** No photo is larger. */
const maxFileBytes = 256 * 1024 * 1024

/**
 * Makes thumbnails of files below a folder, as JPEG data URIs of about 2 KB.
 * The returned function rejects when a file is no image.
 */
export function createThumbnails(folder: string): (file: string) => Promise<string> {
  return async (file) => thumbnailOf(await readWhole(join(folder, file), maxFileBytes))
}

/** Of an image file's bytes, upright as viewers show it. Rejects when they are no image. */
export async function thumbnailOf(bytes: Uint8Array): Promise<string> {
  if (kindOf(bytes).image === 'bmp') return thumbnailOfBmp(bytes)
  const sharp = await loadSharp()
  return shrink(sharp(asStill(bytes), { limitInputPixels: defaultMaxPixels }).autoOrient())
}

/** sharp knows no bitmaps: picked at twice the size, it averages them as it does others. */
async function thumbnailOfBmp(bytes: Uint8Array): Promise<string> {
  const { height = 1, width = 1 } = readBmpHeader(bytes) ?? {}
  const scale = (2 * side) / Math.min(height, width)
  const most = 8 * side
  const [rows, columns] = [height, width].map((length) =>
    Math.min(most, Math.max(1, Math.round(length * Math.min(1, scale)))),
  ) as [number, number]
  return thumbnailOfPixels(await createImageDecoder()(bytes, rows, columns), rows, columns)
}

/** Of uint8 `[height, width, 3]` pixels, RGB. */
export async function thumbnailOfPixels(
  pixels: Uint8Array,
  height: number,
  width: number,
): Promise<string> {
  const sharp = await loadSharp()
  return shrink(sharp(pixels, { raw: { height, width, channels: 3 } }))
}

async function shrink(image: Sharp): Promise<string> {
  const small = await image
    .resize(side, side, { fit: 'cover' })
    .flatten({ background: '#888' })
    .jpeg({ quality: 70 })
    .toBuffer()
  return `data:image/jpeg;base64,${small.toString('base64')}`
}
