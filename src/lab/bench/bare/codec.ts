// Features to bytes and back, as small as ddnn sends them: codes of a few bits on an affine grid, channel by
// channel, packed by deflate without a search for matches. Written anew, in the plainest form.
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
      const { scales, zeros } = groups === 1 ? wholeGrid(values, most) : channelGrids(values)
      for (let group = 0; group < groups; group++) {
        bytes.writeFloatLE(scales[group] as number, 4 * group)
        bytes[4 * groups + group] = zeros[group] as number
      }
      let bit = 8 * head
      for (let channel = 0; channel < channels; channel++) {
        const group = groups === 1 ? 0 : channel
        const inverse = 1 / (scales[group] as number)
        const middle = (zeros[group] as number) + 0.5
        for (let at = channel; at < values.length; at += channels, bit += bits) {
          const code = Math.min(most, ((values[at] as number) * inverse + middle) | 0)
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

  function channelGrids(values: Float32Array): Grids {
    const all = Array.from({ length: channels }, (_, channel) => {
      const own = new Float32Array(places)
      for (let i = 0; i < places; i++) own[i] = values[i * channels + channel] as number
      return wholeGrid(own, most)
    })
    return {
      scales: all.map(({ scales: [scale] }) => scale as number),
      zeros: all.map(({ zeros: [zero] }) => zero as number),
    }
  }
}

interface Grids {
  readonly scales: readonly number[]
  readonly zeros: readonly number[]
}

/** The grid from the least to the largest value, 0 among them. */
function wholeGrid(values: Float32Array, most: number): Grids {
  let min = 0
  let max = 0
  for (const value of values) {
    if (value < min) min = value
    else if (value > max) max = value
  }
  const scale = max === min ? 1 : Math.fround((max - min) / most)
  return { scales: [scale], zeros: [Math.round(-min / scale)] }
}
