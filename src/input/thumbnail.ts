// Small images for the HTML report; here because sharp lives in this room alone.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defaultMaxPixels } from './decode.ts'
import { loadSharp } from './sharp.ts'

/** Sides of a thumbnail at most, pixels: sharp on a dense screen at half that size. */
const side = 96

/**
 * Makes thumbnails of files below a folder, as JPEG data URIs of about 2 KB.
 * The returned function rejects when a file is no image.
 */
export function createThumbnails(folder: string): (file: string) => Promise<string> {
  return async (file) => {
    const bytes = await readFile(join(folder, file))
    const sharp = await loadSharp()
    const small = await sharp(bytes, { limitInputPixels: defaultMaxPixels })
      .resize(side, side, { fit: 'cover' })
      .flatten({ background: '#888' })
      .jpeg({ quality: 70 })
      .toBuffer()
    return `data:image/jpeg;base64,${small.toString('base64')}`
  }
}
