// Features of a code a byte, the form that the shipped families travel in. The same bytes as the general way of
// fewer bits, without a copy that has the channels first and without shifts: that took five times as long.
import { gridBytes } from '../../../domain/feature-bytes.ts'
import { codeAt, gridOf, readGrid, writeGrid } from './grid.ts'

const most = 255

/**
 * Grids and codes of one sample, as features.ts draws them.
 * @param values row-major, finite
 * @param groups 1, or one a channel
 */
export function encodeBytes(values: Float32Array, channels: number, groups: number): Uint8Array {
  const bytes = new Uint8Array(gridBytes * groups + values.length)
  const step = groups === 1 ? 1 : channels
  let at = gridBytes * groups
  for (let channel = 0; channel < channels; channel++) {
    if (channel < groups) writeGrid(bytes, channel, groups, rangeGrid(values, channel, step))
    const { scale, zeroPoint } = readGrid(bytes, Math.min(channel, groups - 1), groups, most)
    const middle = zeroPoint + 0.5
    for (let i = channel; i < values.length; i += channels) {
      bytes[at++] = codeAt((values[i] as number) / scale + middle, most)
    }
  }
  return bytes
}

/** The grid of every `step`th value from `start` on. */
function rangeGrid(values: Float32Array, start: number, step: number) {
  let min = 0
  let max = 0
  for (let i = start; i < values.length; i += step) {
    const value = values[i] as number
    if (value < min) min = value
    if (value > max) max = value
  }
  return gridOf(min, max, most)
}

/** Writes the values of `encodeBytes` row-major into a slot of their size. @throws DDNN_FRAME_MALFORMED */
export function decodeBytes(
  bytes: Uint8Array,
  channels: number,
  groups: number,
  slot: Float32Array,
): void {
  let at = gridBytes * groups
  for (let channel = 0; channel < channels; channel++) {
    const { scale, zeroPoint } = readGrid(bytes, Math.min(channel, groups - 1), groups, most)
    for (let to = channel; to < slot.length; to += channels) {
      slot[to] = scale * ((bytes[at++] as number) - zeroPoint)
    }
  }
}
