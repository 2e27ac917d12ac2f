// Features to bytes and back, for the wire and for evaluation alike. All parameters travel with the values,
// so a reader needs the codec's name and the shape, nothing else.
//
//   float32, float16   values, little-endian
//   intN, intN-channel scales  uint16 x groups, upper half of a float32, little-endian
//                      zeros   uint8 x groups, the code that stands for 0
//                      codes   N bits each, the first in the lowest bits of a byte
//
// Values stand channel by channel (the last axis first), where neighbours are alike. A packed codec packs all
// of this. float32 without a pack is no codec: it travels as codec `raw`, row-major.
import { endianness } from 'node:os'
import {
  bitsOf,
  channelsOf,
  gridBytes,
  groupsOf,
  plainBytes,
} from '../../../domain/feature-bytes.ts'
import { partsOfCodec, type FeatureCodec, type FeatureForm } from '../../../domain/feature-codec.ts'
import { findNonFinite } from '../../../domain/finite.ts'
import { float16Bits, float16Max, fromFloat16 } from '../../../domain/float16.ts'
import { describeShape, sizeOf, type Shape } from '../../../domain/tensor.ts'
import { FrameError } from '../../../errors.ts'
import { codeAt, fitGrid, readGrid, writeGrid, type Grid } from './grid.ts'
import { decodeBytes, encodeBytes } from './int8.ts'
import { packBytes, unpackBytes } from './pack.ts'

const isBigEndian = endianness() === 'BE'

interface EncodedFeatures {
  /** The one asked for, or the same without its pack where that is no larger. */
  readonly codec: FeatureCodec
  readonly bytes: Uint8Array
}

/**
 * Encodes one sample's features, row-major without a batch axis.
 * @throws DDNN_FRAME_VALUE when a value is none, or beyond float16's range where that is the form;
 *   DDNN_FRAME_SHAPE when values and shape differ, or for zstd on a Node without it.
 */
export function encodeFeatures(
  values: Float32Array,
  shape: Shape,
  codec: FeatureCodec,
): EncodedFeatures {
  if (values.length !== sizeOf(shape)) {
    const expected = `${sizeOf(shape)} values of ${describeShape(shape)}`
    throw new FrameError('DDNN_FRAME_SHAPE', `Expected ${expected}, got ${values.length}`)
  }
  const found = findNonFinite(values)
  if (found !== undefined) throw noValue('finite features', found)
  const { form, pack } = partsOfCodec(codec)
  const plain = encodeForm(values, channelsOf(shape), form)
  if (pack === undefined) return { codec, bytes: plain }
  const packed = packBytes(plain, form, pack)
  return packed.length < plain.length ? { codec, bytes: packed } : { codec: form, bytes: plain }
}

/**
 * Writes features as float32 into a slot of exactly their size. Nothing larger than they are is allocated.
 * @throws DDNN_FRAME_MALFORMED when the bytes are not those of the codec and the shape. A value that is none
 *   is for the caller to find; the slot is spoilt by either.
 */
export function decodeFeatures(
  bytes: Uint8Array,
  shape: Shape,
  codec: FeatureCodec,
  slot: Float32Array,
): void {
  const { form, pack } = partsOfCodec(codec)
  const length = plainBytes(shape, form)
  const plain = pack === undefined ? bytes : unpackBytes(bytes, pack, length)
  if (plain.length !== length) {
    const message = `Expected ${length} bytes of ${form} ${describeShape(shape)}, got ${plain.length}`
    throw new FrameError('DDNN_FRAME_MALFORMED', message)
  }
  const channels = channelsOf(shape)
  if (form === 'float32' || form === 'float16') decodeFloats(plain, channels, form, slot)
  else if (bitsOf[form] === 8) decodeBytes(plain, channels, groupsOf(form, channels), slot)
  else decodeCodes(plain, channels, bitsOf[form], groupsOf(form, channels), slot)
}

/** A copy with the last axis first. */
function byChannel(values: Float32Array, channels: number): Float32Array {
  const places = values.length / channels
  const turned = new Float32Array(values.length)
  let at = 0
  for (let channel = 0; channel < channels; channel++) {
    for (let place = 0; place < places; place++) {
      turned[at++] = values[place * channels + channel] as number
    }
  }
  return turned
}

/** @param rowMajor of a sample */
function encodeForm(rowMajor: Float32Array, channels: number, form: FeatureForm): Uint8Array {
  if (form === 'int8' || form === 'int8-channel') {
    return encodeBytes(rowMajor, channels, groupsOf(form, channels))
  }
  const values = byChannel(rowMajor, channels)
  if (form === 'float32') return toBytes(values, 4)
  if (form === 'float16') return toBytes(halvesOf(values), 2)
  const groups = groupsOf(form, channels)
  const bits = bitsOf[form]
  const bytes = new Uint8Array(gridBytes * groups + Math.ceil((values.length * bits) / 8))
  const codes = bytes.subarray(gridBytes * groups)
  const size = values.length / groups
  for (let group = 0; group < groups; group++) {
    const start = group * size
    const grid = fitGrid(values, start, start + size, bits)
    writeGrid(bytes, group, groups, grid)
    writeCodes(values, start, start + size, grid, bits, codes)
  }
  return bytes
}

/** Codes of the values from `start` to before `end`; the bits of others in a shared byte stay. */
function writeCodes(
  values: Float32Array,
  start: number,
  end: number,
  { scale, zeroPoint }: Grid,
  bits: number,
  codes: Uint8Array,
): void {
  const most = 2 ** bits - 1
  const middle = zeroPoint + 0.5
  for (let i = start, bit = start * bits; i < end; i++, bit += bits) {
    const code = codeAt((values[i] as number) / scale + middle, most)
    codes[bit >>> 3] = (codes[bit >>> 3] as number) | (code << (bit & 7))
  }
}

function decodeCodes(
  bytes: Uint8Array,
  channels: number,
  bits: number,
  groups: number,
  slot: Float32Array,
): void {
  const most = 2 ** bits - 1
  const places = slot.length / channels
  let bit = 8 * gridBytes * groups
  for (let channel = 0; channel < channels; channel++) {
    const { scale, zeroPoint } = readGrid(bytes, groups === 1 ? 0 : channel, groups, most)
    for (let to = channel, place = 0; place < places; place++, to += channels) {
      const code = ((bytes[bit >>> 3] as number) >>> (bit & 7)) & most
      slot[to] = scale * (code - zeroPoint)
      bit += bits
    }
  }
}

function halvesOf(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const bits = float16Bits(values[i] as number)
    if ((bits & 0x7fff) === 0x7c00) {
      throw noValue(`features within ${float16Max}, as float16 has them`, String(values[i]))
    }
    halves[i] = bits
  }
  return halves
}

let halfTable: Float32Array | undefined

/** Every float16 as float32: made for the first features that travel so, in a process that gets any. */
function halves(): Float32Array {
  return (halfTable ??= Float32Array.from({ length: 65_536 }, (_, bits) => fromFloat16(bits)))
}

function decodeFloats(
  bytes: Uint8Array,
  channels: number,
  form: 'float32' | 'float16',
  slot: Float32Array,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const places = slot.length / channels
  const table = form === 'float16' ? halves() : undefined
  let at = 0
  for (let channel = 0; channel < channels; channel++) {
    for (let to = channel, place = 0; place < places; place++, to += channels, at++) {
      slot[to] =
        table === undefined
          ? view.getFloat32(at * 4, true)
          : (table[view.getUint16(at * 2, true)] as number)
    }
  }
}

/** The memory of own values as little-endian bytes. */
function toBytes(values: Float32Array | Uint16Array, bytesEach: 2 | 4): Uint8Array {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength)
  if (!isBigEndian) return bytes
  return bytesEach === 4 ? bytes.swap32() : bytes.swap16()
}

function noValue(expected: string, got: string): FrameError {
  return new FrameError('DDNN_FRAME_VALUE', `Expected ${expected}, got ${got}`, {
    hint: 'Look at the weights of the submodel that made them',
  })
}
