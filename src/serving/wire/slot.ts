// Raw tensor bytes to float32 slots and back. float32 bytes are copied as bytes, which works at every
// offset and is as fast as memory; a typed view would need an offset that is a multiple of 4.
import { endianness } from 'node:os'
import { findNonFinite } from '../../domain/finite.ts'
import { describeShape, sizeOf, type DType, type Shape } from '../../domain/tensor.ts'
import { scaledTo, widen } from '../../domain/widen.ts'
import { FrameError } from '../../errors.ts'
import { isFeatureCodec } from '../../domain/feature-codec.ts'
import { decodeFeatures } from './features/features.ts'
import type { Codec } from './wire.ts'

const isBigEndian = endianness() === 'BE'

/** A tensor's own memory as little-endian bytes: no copy on a little-endian machine. */
export function toLittleEndian(data: Float32Array | Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  return isBigEndian && data instanceof Float32Array ? Buffer.from(bytes).swap32() : bytes
}

/**
 * Writes the bytes of a checked tensor as float32 into a slot of exactly its size: float32 as it is,
 * uint8 as float32(value x scale), features as their codec gives them back.
 * @throws DDNN_FRAME_SHAPE when the slot has another size, DDNN_FRAME_VALUE for a float32 that is none,
 *   DDNN_FRAME_MALFORMED for features that are not what their codec says.
 */
export function writeSlot(
  bytes: Uint8Array,
  tensor: { readonly dtype: DType; readonly shape: Shape; readonly codec: Codec },
  slot: Float32Array,
  scale: number,
): void {
  const { codec, shape } = tensor
  assertSlot(slot, sizeOf(shape))
  if (isFeatureCodec(codec)) {
    decodeFeatures(bytes, shape, codec, slot)
    assertFinite(slot, shape)
    return
  }
  if (codec !== 'raw') {
    throw new FrameError('DDNN_FRAME_SHAPE', `Expected raw pixels, got ${codec}: decode it first`)
  }
  if (tensor.dtype === 'uint8') {
    widen(bytes, slot, scaledTo(scale))
    return
  }
  const target = Buffer.from(slot.buffer, slot.byteOffset, slot.byteLength)
  target.set(bytes)
  if (isBigEndian) target.swap32()
  assertFinite(slot, shape)
}

/**
 * Values of a tensor as they stand in their slot.
 * @throws DDNN_FRAME_VALUE when one is NaN or an infinity, naming the first.
 */
export function assertFinite(values: Float32Array, shape: Shape): void {
  const found = findNonFinite(values)
  if (found === undefined) return
  throw new FrameError(
    'DDNN_FRAME_VALUE',
    `Expected finite numbers in a tensor of ${describeShape(shape)}, got ${found}`,
    { hint: 'Look at what made the tensor: the preprocessing, or the submodel before' },
  )
}

/** @throws DDNN_FRAME_SHAPE when the slot is not of this many elements. */
export function assertSlot(slot: Float32Array, elements: number): void {
  if (slot.length === elements) return
  throw new FrameError(
    'DDNN_FRAME_SHAPE',
    `Expected a slot of ${elements} elements, got ${slot.length}`,
  )
}
