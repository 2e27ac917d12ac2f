// Small images for the HTML report; here because sharp lives in this room alone.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Sharp } from 'sharp'
import { defaultMaxPixels } from './decode.ts'
import { loadSharp } from './sharp.ts'

/** Sides of a thumbnail at most, pixels: sharp on a dense screen at half that size. */
const side = 96

/**
 * Makes thumbnails of files below a folder, as JPEG data URIs of about 2 KB.
 * The returned function rejects when a file is no image.
 */
export function createThumbnails(folder: string): (file: string) => Promise<string> {
  return async (file) => thumbnailOf(await readFile(join(folder, file)))
}

/** Of an image file's bytes. Rejects when they are no image. */
export async function thumbnailOf(bytes: Uint8Array): Promise<string> {
  const sharp = await loadSharp()
  return shrink(sharp(bytes, { limitInputPixels: defaultMaxPixels }))
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
