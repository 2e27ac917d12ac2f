// Images of one channel before a model that makes images gray: they are taken as well, each value three times.
import type { Shape } from './tensor.ts'

/** Whether `shape` is the image `[height, width, 3]` with one channel. */
export function isGrayOf(shape: Shape, image: Shape): boolean {
  const [height, width, channels] = shape
  return (
    shape.length === 3 &&
    image.length === 3 &&
    channels === 1 &&
    image[2] === 3 &&
    height === image[0] &&
    width === image[1]
  )
}

/** Fills a slot of three channels by `write`, which is given a third of it: each value stands three times then. */
export function repeatGray(slot: Float32Array, write: (gray: Float32Array) => void): void {
  const gray = slot.subarray(0, slot.length / 3)
  write(gray)
  // From the end, so that nothing is written over before it was read.
  for (let i = gray.length - 1; i >= 0; i--) slot.fill(gray[i] as number, 3 * i, 3 * i + 3)
}
