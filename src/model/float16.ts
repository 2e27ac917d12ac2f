// float16 for weights on disk: half the bytes, widened again as they are loaded.
import type { io } from '@tensorflow/tfjs-core'
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

const float32View = new Float32Array(1)
const bitsView = new Uint32Array(float32View.buffer)

/** IEEE 754 binary16 nearest to a value, ties to even; infinity above 65504. */
export function float16Bits(value: number): number {
  float32View[0] = value
  const bits = bitsView[0] as number
  const sign = (bits >>> 16) & 0x8000
  const magnitude = bits & 0x7fffffff
  if (magnitude > 0x7f800000) return sign | 0x7e00 // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00 // rounds to infinity
  if (magnitude < 0x38800000) {
    // Subnormal: counted in steps of 2^-24; rounding to even comes with the float addition of 2^23.
    float32View[0] = Math.abs(value) * 2 ** 24 + 2 ** 23
    return sign | ((bitsView[0] as number) & 0x7fffff)
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1)
  return sign | ((rounded - 0x38000000) >>> 13)
}

/** 2^(exponent - 15) by the exponent's five bits. */
const powers = Float64Array.from({ length: 32 }, (_, exponent) => 2 ** (exponent - 15))

/** The value of IEEE 754 binary16 bits. */
export function fromFloat16(bits: number): number {
  const exponent = (bits >>> 10) & 0x1f
  const fraction = bits & 0x3ff
  const magnitude =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent < 0x1f
        ? (1 + fraction / 1024) * (powers[exponent] as number)
        : fraction === 0
          ? Infinity
          : NaN
  return (bits & 0x8000) === 0 ? magnitude : -magnitude
}
