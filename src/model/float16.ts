// float16 for weights on disk: half the bytes, widened again as they are loaded.
import type { io } from '@tensorflow/tfjs-core'
import { float16Bits } from '../domain/float16.ts'
import { ModelError } from '../errors.ts'

/**
 * The same weights as float16, with `quantization` in the specs so that tfjs widens them.
 * @throws DDNN_MODEL_DAMAGED when a weight is not float32.
 */
export function toFloat16(
  weightSpecs: readonly io.WeightsManifestEntry[],
  data: Buffer,
): { weightSpecs: io.WeightsManifestEntry[]; data: Buffer } {
  const parts: Buffer[] = []
  let offset = 0
  const specs = weightSpecs.map((spec) => {
    if (spec.dtype !== 'float32') {
      throw new ModelError(
        'DDNN_MODEL_DAMAGED',
        `Expected float32 weights, got ${spec.dtype} in '${spec.name}'`,
      )
    }
    const count = spec.shape.reduce((product, axis) => product * axis, 1)
    const half = Buffer.alloc(count * 2)
    for (let i = 0; i < count; i++) {
      half.writeUInt16LE(float16Bits(data.readFloatLE(offset + i * 4)), i * 2)
    }
    parts.push(half)
    offset += count * 4
    return { ...spec, quantization: { dtype: 'float16' as const } }
  })
  return { weightSpecs: specs, data: Buffer.concat(parts) }
}
