// The size of an image as a JPEG: what an offloaded feature stands against.
import sharp from 'sharp'

/** Quality of the comparison, 4:2:0: usual for photos, a little better than most cameras' previews. */
export const jpegQuality = 85

/** Bytes of uint8 `[height, width, 3]` pixels as a JPEG of `jpegQuality`. */
export async function jpegBytesOf(
  pixels: Uint8Array,
  height: number,
  width: number,
): Promise<number> {
  const { length } = await sharp(pixels, { raw: { height, width, channels: 3 } })
    .jpeg({ quality: jpegQuality })
    .toBuffer()
  return length
}
