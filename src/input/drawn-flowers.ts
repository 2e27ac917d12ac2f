// Drawn flowers: pictures of five kinds, composed as SVG from a seed and rasterised by sharp. They stand
// in for photos that are not ours to ship: in data/sample, in the demo, and beside photos in training.
import { ConfigError } from '../errors.ts'
import { blooms } from './drawn-flowers/blooms.ts'
import { degrade } from './drawn-flowers/degrade.ts'
import { createChance, type Chance } from './drawn-flowers/chance.ts'
import { compose } from './drawn-flowers/scene.ts'

/** The kinds that can be drawn, in alphabetical order, which is the order of data/labels.txt. */
export const labels: readonly string[] = Object.keys(blooms).sort()

export interface DrawFlowerOptions {
  readonly label: string
  /** 0 (clear) to 1 (small, hidden, blurred, noisy, in odd colours, other kinds beside it). */
  readonly difficulty: number
  /** Any integer: same arguments and same version of sharp, same bytes. */
  readonly seed: number
  /** Pixels of each side, 16 to 2048. Default 224. */
  readonly size?: number
  /** JPEG quality, 1 to 100. Default 85. */
  readonly quality?: number
}

/**
 * One picture as a JPEG, RGB, size x size. The scene belongs to label and seed; a higher difficulty shows
 * the same scene under worse conditions.
 * @throws DDNN_CONFIG_INVALID when an option is out of its range.
 */
export async function drawFlower(options: DrawFlowerOptions): Promise<Buffer> {
  const { label, difficulty, seed, size = 224, quality = 85 } = options
  check(labels.includes(label), 'label', `one of ${labels.join(', ')}`, label)
  check(difficulty >= 0 && difficulty <= 1, 'difficulty', 'a number from 0 to 1', difficulty)
  check(Number.isSafeInteger(seed), 'seed', 'an integer', seed)
  check(isWhole(size, 16, 2048), 'size', 'an integer from 16 to 2048', size)
  check(isWhole(quality, 1, 100), 'quality', 'an integer from 1 to 100', quality)

  const stream = (part: string): Chance => createChance(`${label}/${String(seed)}/${part}`)
  const body = compose(label, difficulty, stream)
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${String(size)}" height="${String(size)}"` +
    ` viewBox="0 0 200 200">${body}</svg>`
  return await degrade(Buffer.from(svg), { random: stream('camera'), difficulty, size, quality })
}

function isWhole(value: number, from: number, to: number): boolean {
  return Number.isInteger(value) && value >= from && value <= to
}

function check(right: boolean, name: string, expected: string, got: unknown): void {
  if (right) return
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected ${name} to be ${expected}, got "${String(got)}"`,
  )
}
