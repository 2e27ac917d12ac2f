// Affine quantisation of a run of values: value = scale x (code - zeroPoint), as TFLite and ONNX write it,
// with codes of 0 to 2^bits - 1. Zero is always exact, so what a ReLU cut off stays zero, and packs well.
import { FrameError } from '../../../errors.ts'

/** What the codes of one group of values stand for. */
export interface Grid {
  /** Above 0 and a bfloat16: the upper half of a float32, which is what travels. */
  readonly scale: number
  /** The code of 0. */
  readonly zeroPoint: number
}

/**
 * The part of the range that is kept, tried from the whole down. The step is finer for all the rest. With 8 bits
 * it is always the whole (int8.ts).
 */
const keptParts: Readonly<Record<number, readonly number[]>> = {
  4: [0.85, 0.7, 0.55],
  2: [0.8, 0.6, 0.45, 0.3],
}

const largestFloat32 = 3.4028234663852886e38

/** Values other than 0, which cost no error on any grid: half of what a ReLU gives, and more. */
let others = new Float32Array(0)

/**
 * The grid of least squared error among a few: the ends may be cut, which the rest gains more by than they
 * lose (Banner et al. 2019, "ACIQ").
 * @param values finite; the group is those from `start` to before `end`
 */
export function fitGrid(values: Float32Array, start: number, end: number, bits: number): Grid {
  if (others.length < end - start) others = new Float32Array(end - start)
  let count = 0
  let min = 0
  let max = 0
  for (let i = start; i < end; i++) {
    const value = values[i] as number
    if (value === 0) continue
    others[count++] = value
    if (value < min) min = value
    if (value > max) max = value
  }
  const most = 2 ** bits - 1
  const parts = keptParts[bits] ?? []
  let best = gridOf(min, max, most)
  let least = parts.length === 0 ? 0 : squaredError(count, best, most)
  for (const part of parts) {
    const grid = gridOf(min * part, max * part, most)
    const error = squaredError(count, grid, most)
    if (error >= least) continue
    best = grid
    least = error
  }
  return best
}

/**
 * The grid of a whole range, within half a step.
 * @param min at most 0
 * @param max at least 0
 * @param most the largest code
 */
export function gridOf(min: number, max: number, most: number): Grid {
  if (min === 0 && max === 0) return { scale: 1, zeroPoint: 0 }
  const scale = bfloat16Above((max - min) / most)
  const zeroPoint = Math.min(most, Math.max(0, Math.round(-min / scale)))
  const reach = Math.max(zeroPoint, most - zeroPoint)
  // At the end of float32 the step is made a little shorter, so that no code stands for an infinity.
  if (scale * reach <= largestFloat32) return { scale, zeroPoint }
  return { scale: bfloat16Below(largestFloat32 / reach), zeroPoint }
}

/** Of the first `count` of the values other than 0. */
function squaredError(count: number, { scale, zeroPoint }: Grid, most: number): number {
  const inverse = 1 / scale
  const middle = zeroPoint + 0.5
  let sum = 0
  for (let i = 0; i < count; i++) {
    const at = (others[i] as number) * inverse
    const code = codeAt(at + middle, most)
    const difference = at - (code - zeroPoint)
    sum += difference * difference
  }
  // In units of the value, since each grid has its own step.
  return sum * scale * scale
}

/** The code of a place, which is value / scale + zero point + 0.5; what lies beyond the grid takes its end. */
export function codeAt(place: number, most: number): number {
  return place <= 0 ? 0 : place >= most ? most : place | 0
}

const float32View = new Float32Array(1)
const bitsView = new Uint32Array(float32View.buffer)

/** The least bfloat16 that is no smaller; `value` is above 0. */
function bfloat16Above(value: number): number {
  float32View[0] = value
  if (float32View[0] < value) bitsView[0] = (bitsView[0] as number) + 1
  bitsView[0] = ((bitsView[0] as number) + 0xffff) & 0xffff0000
  return float32View[0]
}

/** The largest bfloat16 that is no larger. */
function bfloat16Below(value: number): number {
  float32View[0] = value
  if (float32View[0] > value) bitsView[0] = (bitsView[0] as number) - 1
  bitsView[0] = (bitsView[0] as number) & 0xffff0000
  return float32View[0]
}

/** Writes what a group's codes stand for into the head of the features' bytes. */
export function writeGrid(bytes: Uint8Array, group: number, groups: number, grid: Grid): void {
  float32View[0] = grid.scale
  const scale = (bitsView[0] as number) >>> 16
  bytes[2 * group] = scale & 0xff
  bytes[2 * group + 1] = scale >>> 8
  bytes[2 * groups + group] = grid.zeroPoint
}

/**
 * What `writeGrid` wrote.
 * @throws DDNN_FRAME_MALFORMED when it is no grid of codes from 0 to `most`.
 */
export function readGrid(bytes: Uint8Array, group: number, groups: number, most: number): Grid {
  const low = bytes[2 * group] as number
  bitsView[0] = ((bytes[2 * group + 1] as number) << 24) | (low << 16)
  const scale = float32View[0] as number
  const zeroPoint = bytes[2 * groups + group] as number
  if (scale > 0 && Number.isFinite(scale) && zeroPoint <= most) return { scale, zeroPoint }
  throw new FrameError(
    'DDNN_FRAME_MALFORMED',
    `Expected a scale above 0 and a zero point of at most ${most}, got ${scale} and ${zeroPoint}`,
  )
}
