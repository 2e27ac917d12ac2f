// Images as networks take them: files decoded by sharp, the nearest pixels, and bytes scaled to [0, 1].
import { readFile } from 'node:fs/promises'
import type { ClientInputs } from '../driver/client.ts'

const scaled = Float32Array.from({ length: 256 }, (_, value) => value / 255)

/** uint8 pixels into a slot of float32 in [0, 1]. */
export function scalePixels(pixels: Uint8Array, slot: Float32Array): void {
  for (let i = 0; i < slot.length; i++) slot[i] = scaled[pixels[i] as number] as number
}

/** Gives uint8 [height, width, 3] of an image, out of memory or decoded on the way. */
export async function openPixels(inputs: ClientInputs): Promise<PixelsOf> {
  if (inputs.form === 'decoded') return (index) => inputs.pixels(index)
  const { default: sharp } = await import('sharp')
  sharp.cache(false)
  sharp.concurrency(1)
  const [height, width] = inputs.shape
  return async (index) => {
    const { data, info } = await sharp(await readFile(inputs.file(index)))
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true })
    return pickNearest(data, info, height, width)
  }
}

type PixelsOf = (index: number) => Uint8Array | Promise<Uint8Array>

/** The source pixel in the middle of each target pixel, as the networks were trained on. */
function pickNearest(
  data: Uint8Array,
  source: { readonly width: number; readonly height: number; readonly channels: number },
  height: number,
  width: number,
): Uint8Array {
  const target = new Uint8Array(height * width * 3)
  const columns = nearestIndices(source.width, width)
  let to = 0
  for (const row of nearestIndices(source.height, height)) {
    for (const column of columns) {
      const at = (row * source.width + column) * source.channels
      target[to++] = data[at] as number
      target[to++] = data[at + 1] as number
      target[to++] = data[at + 2] as number
    }
  }
  return target
}

/** Summed up step by step, as Pillow does it. */
function nearestIndices(from: number, to: number): readonly number[] {
  let position = from / to / 2
  return Array.from({ length: to }, () => {
    const index = Math.min(Math.floor(position), from - 1)
    position += from / to
    return index
  })
}
