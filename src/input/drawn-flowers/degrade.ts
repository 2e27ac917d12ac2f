// What a bad camera, bad light and a bad day do to a drawing: all of it grows with the difficulty.
import sharp from 'sharp'
import type { Chance } from './chance.ts'

/**
 * Applies light, odd colours, blur, low contrast and noise to an RGB image of size x size and gives
 * a JPEG. At difficulty 0 only the light varies.
 */
export async function degrade(
  svg: Buffer,
  options: { random: Chance; difficulty: number; size: number; quality: number },
): Promise<Buffer> {
  const { random, difficulty, size, quality } = options
  // All of the numbers are drawn first, and always: the picture changes with the difficulty, not the dice.
  const dice = {
    brightness: random.between(0.86, 1.12),
    saturation: random.next(),
    hue: random.between(-1, 1),
    blur: random.next(),
    contrast: random.next(),
    level: random.between(-1, 1),
    noise: random.between(0.3, 1),
  }
  const hard = difficulty * difficulty
  const hue = Math.round(dice.hue * 75 * hard)
  const slope = 1 - dice.contrast * 0.6 * difficulty
  const middle = 118 + dice.level * 60 * difficulty
  let image = sharp(svg)
    .resize(size, size, { fit: 'fill' })
    .removeAlpha()
    .modulate({
      brightness: dice.brightness,
      saturation: 1 - dice.saturation * 0.7 * difficulty,
      ...(hue === 0 ? {} : { hue: (hue + 360) % 360 }),
    })
  const sigma = (0.0015 + dice.blur * 0.019 * difficulty) * size
  if (sigma >= 0.3) image = image.blur(sigma)
  const { data, info } = await image
    .linear(slope, middle * (1 - slope))
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  addNoise(data, random, dice.noise * 30 * difficulty)
  return await sharp(data, { raw: { width: size, height: size, channels: info.channels } })
    .jpeg({ quality })
    .toBuffer()
}

/** Grey and coloured noise, in place; `deviation` in levels of 255. */
function addNoise(pixels: Buffer, random: Chance, deviation: number): void {
  if (deviation <= 0) return
  for (let i = 0; i + 2 < pixels.length; i += 3) {
    const grey = random.normal() * deviation * 0.75
    for (let c = i; c < i + 3; c++) {
      const value = (pixels[c] ?? 0) + grey + (random.next() - 0.5) * 1.6 * deviation
      pixels[c] = value < 0 ? 0 : value > 255 ? 255 : value
    }
  }
}
