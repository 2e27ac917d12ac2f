// What an image of a request looks like, for the live page: a small JPEG of what was sent. Features have no picture.
import type { Shape, Tensor } from '../domain/tensor.ts'
import { sizeOf } from '../domain/tensor.ts'
import { thumbnailOf, thumbnailOfPixels } from '../input/thumbnail.ts'
import type { Stage } from '../serving/engine/engine.ts'
import { takesImages } from '../serving/tier/takes-images.ts'
import { detectWire } from '../serving/wire/detect.ts'
import { isImageCodec, type EncodedTensor } from '../serving/wire/wire.ts'

/** Of an image before it is sent; undefined for what is none. */
export async function pictureOfImage(image: Tensor | EncodedTensor): Promise<string | undefined> {
  if ('codec' in image) return thumbnailOf(image.bytes)
  return pictureOfValues(image.shape, image.data, image.dtype === 'uint8' ? 1 : 255)
}

/** Of a request as it came to a tier whose first submodel this is. Rejects for what does not decode. */
export async function pictureOfRequest(
  value: Uint8Array,
  first: Stage | undefined,
): Promise<string | undefined> {
  if (first === undefined || !takesImages(first)) return undefined
  const maxElements = sizeOf(first.shapes.input)
  const decoded = detectWire(value, undefined).decodeRequest(value, { maxElements })
  if (isImageCodec(decoded.codec)) return thumbnailOf(decoded.bytes)
  const values = new Float32Array(sizeOf(decoded.shape))
  // uint8 values as they are; others are taken to be in [0, 1].
  decoded.write(values, 1)
  return pictureOfValues(decoded.shape, values, decoded.dtype === 'uint8' ? 1 : 255)
}

/** `[height, width, 3]` or `[height, width, 1]`. */
async function pictureOfValues(
  shape: Shape,
  values: ArrayLike<number>,
  scale: number,
): Promise<string | undefined> {
  const [height, width, channels] = shape
  if (height === undefined || width === undefined || shape.length !== 3) return undefined
  if (channels !== 3 && channels !== 1) return undefined
  const pixels = new Uint8ClampedArray(height * width * 3)
  for (let i = 0; i < pixels.length; i += 1) {
    pixels[i] = (values[channels === 3 ? i : Math.floor(i / 3)] ?? 0) * scale
  }
  return thumbnailOfPixels(new Uint8Array(pixels.buffer), height, width)
}
