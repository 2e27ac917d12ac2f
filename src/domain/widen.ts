// From pixels to the network's numbers. One table for all ways in, so that the same photo gives the
// same float32 values sent as uint8, as float32 and as JSON.
import type { Tensor } from './tensor.ts'

/** `table[v]` = float32(v x scale) for the 256 values of a uint8. */
type ScaleTable = Float32Array

/** A process has a model or two, so it has as many scales. */
const tables = new Map<number, ScaleTable>()

/**
 * The table of a scale, made once. For 1/255 it holds float32(v / 255), which is what the original's `pixel / 255`
 * gives: v x (1/255) in double differs from it in the last bit for some v.
 */
export function scaledTo(scale: number): ScaleTable {
  let table = tables.get(scale)
  if (table === undefined) tables.set(scale, (table = makeTable(scale)))
  return table
}

function makeTable(scale: number): ScaleTable {
  const divisor = Math.round(1 / scale)
  const isDivision = 1 / divisor === scale
  return Float32Array.from({ length: 256 }, (_, v) => (isDivision ? v / divisor : v * scale))
}

/**
 * Writes uint8 values as float32 into a slot of the same length. Four a turn: 97,200 values take 0.10 ms, one
 * a turn took 0.17 ms.
 */
export function widen(pixels: Uint8Array, slot: Float32Array, table: ScaleTable): void {
  const length = pixels.length
  const end = length - 3
  let i = 0
  for (; i < end; i += 4) {
    slot[i] = table[pixels[i] as number] as number
    slot[i + 1] = table[pixels[i + 1] as number] as number
    slot[i + 2] = table[pixels[i + 2] as number] as number
    slot[i + 3] = table[pixels[i + 3] as number] as number
  }
  for (; i < length; i++) slot[i] = table[pixels[i] as number] as number
}

/** Writes one sample into a slot of its size: uint8 as float32(value x scale), float32 as it is. */
export function writeTensor(tensor: Tensor, slot: Float32Array, table: ScaleTable): void {
  if (tensor.dtype === 'uint8') widen(tensor.data, slot, table)
  else slot.set(tensor.data)
}
