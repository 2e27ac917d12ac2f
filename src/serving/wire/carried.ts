// A tensor on its way into a frame: which bytes carry it, and by which codec they are read.
import type { FeatureCodec } from '../../domain/feature-codec.ts'
import type { Tensor } from '../../domain/tensor.ts'
import { encodeFeatures } from './features/features.ts'
import { toLittleEndian } from './slot.ts'
import type { Codec, EncodedTensor } from './wire.ts'

export interface Carried {
  readonly codec: Codec
  readonly bytes: Uint8Array
}

/**
 * The tensor's own bytes (no copy), the encoded image, or its float32 values by `codec`.
 * @throws DDNN_FRAME_VALUE, DDNN_FRAME_SHAPE as `encodeFeatures`
 */
export function carriedOf(
  tensor: Tensor | EncodedTensor,
  codec: FeatureCodec = 'float32',
): Carried {
  if ('codec' in tensor) return tensor
  const raw = () => ({ codec: 'raw', bytes: toLittleEndian(tensor.data) }) as const
  if (tensor.dtype !== 'float32' || codec === 'float32') return raw()
  const { codec: used, bytes } = encodeFeatures(tensor.data, tensor.shape, codec)
  // Packing gained nothing, and without it they are what they were.
  return used === 'float32' ? raw() : { codec: used, bytes }
}
