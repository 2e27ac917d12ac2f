// Features to bytes and back, as small as ddnn sends them: codes of a few bits on an affine grid, channel by
// channel, packed by deflate without a search for matches. With 4 and 2 bits the ends of the range are cut where the
// rest gains more by it (ACIQ). Written anew, in the plainest form.
//
//   scales  float32 x groups, little-endian
//   zeros   uint8 x groups: the code of 0
//   codes   N bits each, the first in the lowest bits of a byte
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import { sizeOf } from './stage.ts'

interface Codec {
  /** Row-major values, channels last. */
  readonly encode: (values: Float32Array) => Uint8Array
  /** Writes into a slot of the features' size. */
  readonly decode: (bytes: Uint8Array, slot: Float32Array) => void
}

/** @param shape channels last */
export function createCodec(name: string, shape: readonly number[]): Codec {
  if (name === 'float32') return float32
  const known = /^int(8|4|2)(-channel)?(\+deflate)?$/.exec(name)
  if (known === null) {
    throw new Error(`Expected float32 or intN[-channel][+deflate] as codec, got ${name}`)
  }
  const bits = Number(known[1])
  const channels = shape.at(-1) ?? 1
  const groups = known[2] === undefined ? 1 : channels
  const grid = createGridCodec(bits, channels, groups, sizeOf(shape) / channels)
  if (known[3] === undefined) return grid
  // As src/serving/wire/features/pack.ts has it: runs of 8 bits, none of 4.
  const strategy = bits === 4 ? constants.Z_HUFFMAN_ONLY : constants.Z_RLE
  return {
    encode: (values) => deflateRawSync(grid.encode(values), { strategy }),
    decode: (bytes, slot) => {
      grid.decode(inflateRawSync(bytes, { chunkSize: grid.bytes + 64 }), slot)
    },
  }
}

const float32: Codec = {
  encode: (values) => Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  decode: (bytes, slot) => {
    new Uint8Array(slot.buffer, slot.byteOffset, slot.byteLength).set(bytes)
  },
}

/** @param places values of one channel */
function createGridCodec(
  bits: number,
  channels: number,
  groups: number,
  places: number,
): Codec & { readonly bytes: number } {
  const most = 2 ** bits - 1
  const head = 5 * groups
  const length = head + Math.ceil((channels * places * bits) / 8)

  return {
    bytes: length,
    encode: (values) => {
      const bytes = Buffer.alloc(length)
      const grids = gridsOf(values)
      for (const [group, { scale, zero }] of grids.entries()) {
        bytes.writeFloatLE(scale, 4 * group)
        bytes[4 * groups + group] = zero
      }
      let bit = 8 * head
      for (let channel = 0; channel < channels; channel++) {
        const grid = grids[groups === 1 ? 0 : channel] as Grid
        for (let at = channel; at < values.length; at += channels, bit += bits) {
          const code = codeOf(values[at] as number, grid, most)
          bytes[bit >>> 3] = (bytes[bit >>> 3] as number) | (code << (bit & 7))
        }
      }
      return bytes
    },
    decode: (given, slot) => {
      const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength)
      let bit = 8 * head
      for (let channel = 0; channel < channels; channel++) {
        const group = groups === 1 ? 0 : channel
        const scale = bytes.readFloatLE(4 * group)
        const zero = bytes[4 * groups + group] as number
        for (let to = channel; to < slot.length; to += channels, bit += bits) {
          slot[to] = scale * ((((bytes[bit >>> 3] as number) >>> (bit & 7)) & most) - zero)
        }
      }
    },
  }

  function gridsOf(values: Float32Array): readonly Grid[] {
    if (groups === 1) return [bestGrid(values, bits)]
    return Array.from({ length: channels }, (_, channel) => {
      const own = new Float32Array(places)
      for (let i = 0; i < places; i++) own[i] = values[i * channels + channel] as number
      return bestGrid(own, bits)
    })
  }
}

interface Grid {
  readonly scale: number
  /** The code of 0. */
  readonly zero: number
}

/** Shares of the range from the least to the largest value, 0 among them, that a grid may span. */
const shares: Readonly<Record<number, readonly number[]>> = {
  8: [1],
  4: [1, 0.85, 0.7, 0.55],
  2: [1, 0.8, 0.6, 0.45, 0.3],
}

/** The grid of least squared error. */
function bestGrid(values: Float32Array, bits: number): Grid {
  const most = 2 ** bits - 1
  const min = values.reduce((a, b) => Math.min(a, b), 0)
  const max = values.reduce((a, b) => Math.max(a, b), 0)
  const grids = (shares[bits] ?? [1]).map((share): Grid => {
    const scale = max === min ? 1 : Math.fround((share * (max - min)) / most)
    return { scale, zero: Math.round((-share * min) / scale) }
  })
  if (grids.length === 1) return grids[0] as Grid
  const errors = grids.map((grid) => squaredError(values, grid, most))
  return grids[errors.indexOf(Math.min(...errors))] as Grid
}

function squaredError(values: Float32Array, grid: Grid, most: number): number {
  let sum = 0
  for (const value of values) {
    sum += (value - grid.scale * (codeOf(value, grid, most) - grid.zero)) ** 2
  }
  return sum
}

function codeOf(value: number, { scale, zero }: Grid, most: number): number {
  return Math.max(0, Math.min(most, (value / scale + zero + 0.5) | 0))
}
