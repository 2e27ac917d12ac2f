// Changes a training image a little at each epoch: crop, shift, turn, mirror, light, colour, a square erased.
// Plain JS: one pass over the pixels, about 1 ms for 180 x 180, where tf would need a dozen operations on a
// whole batch.
import type { Augmentation } from '../../model/networks/recipe.ts'
import { createRandom, type Random } from '../../domain/random.ts'

/** An image held for training, a little larger than the network's input so that it can be cropped. */
export interface HeldImage {
  /** uint8 `[height, width, 3]`. */
  readonly pixels: Uint8Array
  readonly height: number
  readonly width: number
}

/** Where a sample's floats go: `[height, width, 3]` from `offset` in `data`. */
interface Slot {
  readonly data: Float32Array
  readonly offset: number
  readonly height: number
  readonly width: number
}

const between = (random: Random, low: number, high: number) => low + random() * (high - low)

/** Resizes as serving does: nearest neighbour, aspect not kept, pixel / 255. */
export function writePlain(image: HeldImage, slot: Slot): void {
  writeView(image, slot, wholeView(image, slot), identity)
}

/**
 * As the recipe says, by numbers drawn from `random`; values stay in [0, 1].
 * @param isTurn whether `alternate` mirrors this image in this epoch
 */
export function writeAugmented(
  image: HeldImage,
  slot: Slot,
  augmentation: Augmentation,
  random: Random,
  isTurn = false,
): void {
  const { crop, aspect, shift, rotation, mirror, brightness, contrast, saturation } = augmentation
  const scale = between(random, ...crop)
  const root = Math.sqrt(between(random, ...aspect))
  const height = Math.min(1, scale / root) * image.height
  const width = Math.min(1, scale * root) * image.width
  const top = random() * (image.height - height) + between(random, -shift, shift) * image.height
  const left = random() * (image.width - width) + between(random, -shift, shift) * image.width
  const isMirrored = mirror === 'alternate' ? isTurn : mirror && random() < 0.5
  const angle = (between(random, -rotation, rotation) * Math.PI) / 180
  const colour = {
    brightness: between(random, -brightness, brightness),
    contrast: between(random, ...contrast),
    saturation: between(random, ...saturation),
  }
  writeView(image, slot, cropView({ top, left, height, width }, isMirrored, angle, slot), colour)
  if (random() < augmentation.erase) eraseSquare(slot, augmentation.eraseSide, random)
}

/** Whether `alternate` mirrors an image in an epoch: drawn for the image, and turned at each epoch. */
export function isMirrorTurn(seed: number, epoch: number, index: number): boolean {
  return createRandom(seed, index)() < 0.5 === (epoch % 2 === 0)
}

/** Fills a square with the middle grey; its centre is anywhere, so that a part may lie outside. */
function eraseSquare(slot: Slot, sides: readonly [number, number], random: Random): void {
  const { data, offset, height, width } = slot
  const side = between(random, ...sides)
  const halfHeight = (side * height) / 2
  const halfWidth = (side * width) / 2
  const y = random() * height
  const x = random() * width
  const left = Math.max(0, Math.round(x - halfWidth))
  const right = Math.min(width, Math.round(x + halfWidth))
  const bottom = Math.min(height, Math.round(y + halfHeight))
  for (let row = Math.max(0, Math.round(y - halfHeight)); row < bottom; row++) {
    const from = offset + 3 * row * width
    data.fill(0.5, from + 3 * left, from + 3 * right)
  }
}

interface Crop {
  readonly top: number
  readonly left: number
  readonly height: number
  readonly width: number
}

/** Where a pixel (x, y) of the slot is in the image: x0 + x * xx + y * xy, y0 + x * yx + y * yy. */
interface View {
  readonly x0: number
  readonly xx: number
  readonly xy: number
  readonly y0: number
  readonly yx: number
  readonly yy: number
}

function wholeView({ height, width }: HeldImage, slot: Slot): View {
  return cropView({ top: 0, left: 0, height, width }, false, 0, slot)
}

/** The crop, turned about its middle. */
function cropView(crop: Crop, isMirrored: boolean, angle: number, slot: Slot): View {
  const sin = Math.sin(angle)
  const cos = Math.cos(angle)
  const stepX = ((isMirrored ? -1 : 1) * crop.width) / slot.width
  const stepY = crop.height / slot.height
  const xx = cos * stepX
  const xy = -sin * stepY
  const yx = sin * stepX
  const yy = cos * stepY
  const middleX = slot.width / 2 - 0.5
  const middleY = slot.height / 2 - 0.5
  return {
    x0: crop.left + crop.width / 2 - xx * middleX - xy * middleY,
    xx,
    xy,
    y0: crop.top + crop.height / 2 - yx * middleX - yy * middleY,
    yx,
    yy,
  }
}

interface Colour {
  readonly brightness: number
  readonly contrast: number
  readonly saturation: number
}

const identity: Colour = { brightness: 0, contrast: 1, saturation: 1 }

/** Nearest neighbour, as serving resizes; what is outside of the image is mirrored into it. */
function writeView(image: HeldImage, slot: Slot, view: View, colour: Colour): void {
  const { pixels } = image
  const { data, height, width } = slot
  const { x0, xx, xy, y0, yx, yy } = view
  // value = contrast * (saturation * (pixel - grey) + grey - 0.5) + 0.5 + brightness, as sums of products.
  const own = (colour.contrast * colour.saturation) / 255
  const shared = (colour.contrast * (1 - colour.saturation)) / 255
  const shift = 0.5 - 0.5 * colour.contrast + colour.brightness
  let to = slot.offset
  for (let y = 0; y < height; y++) {
    let column = x0 + y * xy
    let line = y0 + y * yy
    for (let x = 0; x < width; x++) {
      const from =
        3 *
        (mirrored(Math.floor(line), image.height) * image.width +
          mirrored(Math.floor(column), image.width))
      const r = pixels[from] as number
      const g = pixels[from + 1] as number
      const b = pixels[from + 2] as number
      const base = shared * (0.299 * r + 0.587 * g + 0.114 * b) + shift
      data[to] = clamp(own * r + base)
      data[to + 1] = clamp(own * g + base)
      data[to + 2] = clamp(own * b + base)
      to += 3
      column += xx
      line += yx
    }
  }
}

/** A place outside of 0 to size - 1 seen in the mirror of the border; far outside, the other border. */
function mirrored(at: number, size: number): number {
  const inside = at < 0 ? -at - 1 : at >= size ? 2 * size - 1 - at : at
  return inside < 0 ? 0 : inside >= size ? size - 1 : inside
}

function clamp(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value
}
