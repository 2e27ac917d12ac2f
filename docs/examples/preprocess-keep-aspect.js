// --preprocess docs/examples/preprocess-keep-aspect.js
// Keeps the image's aspect: scaled to fit, with grey bars, and smoothly instead of by nearest
// neighbour. Gives float32 values in [0, 1], which is what the shipped networks take.
import sharp from 'sharp'

const grey = { r: 128, g: 128, b: 128 }

/**
 * @param {{ bytes: Uint8Array, file: string, height: number, width: number }} image
 *   the file as it is, its path below the input folder, and the size that the network takes
 * @returns {Promise<{ data: Float32Array | Uint8Array, shape: number[] }>}
 *   the values of one image, row by row, and their shape without a batch axis
 */
export async function preprocess({ bytes, height, width }) {
  const pixels = await sharp(bytes)
    .rotate() // as the camera was held
    .flatten({ background: grey })
    .resize(width, height, { fit: 'contain', background: grey })
    .toColourspace('srgb')
    .raw()
    .toBuffer()
  return {
    data: Float32Array.from(pixels, (value) => value / 255),
    shape: [height, width, 3],
  }
}
