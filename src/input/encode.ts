// Images as files of the network's size: what a device may send in place of pixels, and what offloaded features
// stand against.
import { DdnnError } from '../errors.ts'
import type { ImageEncoder } from './input.ts'
import { loadSharp } from './sharp.ts'

/** What sharp writes. */
export const imageFormats = ['jpeg', 'webp', 'avif'] as const
type ImageFormat = (typeof imageFormats)[number]

/** Quality of the comparison, 4:2:0: usual for photos, a little better than most cameras' previews. */
export const jpegQuality = 85

/** Where none is given; sharp's own for webp and avif. The three scales are not comparable. */
export const defaultQuality: Readonly<Record<ImageFormat, number>> = {
  jpeg: jpegQuality,
  webp: 80,
  avif: 50,
}

/** An encoder of uint8 `[height, width, 3]` pixels, RGB; quality 1 to 100. sharp encodes on libuv's threads. */
export function createImageEncoder(
  format: ImageFormat,
  quality = defaultQuality[format],
): ImageEncoder {
  return async (pixels, height, width) => {
    const sharp = await loadSharp()
    const image = sharp(pixels, { raw: { height, width, channels: 3 } })
    const options = { quality, ...(format === 'avif' ? { chromaSubsampling: '4:2:0' } : {}) }
    return image[format](options)
      .toBuffer()
      .catch(() => {
        // What libvips says may be of another image.
        throw new DdnnError(
          'DDNN_INTERNAL',
          `Expected ${width} x ${height} pixels to become a file of ${format}, got a failure of the encoder`,
        )
      })
  }
}
