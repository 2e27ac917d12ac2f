// Features as one byte a value: affine quantisation by the sample's own range, as TFLite's
// value = scale x (q - zeroPoint). Zero is always exact, so what a ReLU cut off stays zero, and compresses.

/** One tensor's values in 8 bits. */
export interface Quantised {
  readonly data: Int8Array
  /** float32. */
  readonly scale: number
  /** What stands for 0, -128 to 127. */
  readonly zeroPoint: number
}

/** Bytes that travel beside the values: a float32 scale and an int8 zero point. */
export const quantisedHeaderBytes = 5

const least = -128
const most = 127

/**
 * Quantises by the range of the finite values, 0 included; the error is at most half a scale. What lies
 * beyond (infinities) takes the nearest end, and NaN becomes 0.
 */
export function quantise(values: Float32Array): Quantised {
  let min = 0
  let max = 0
  for (const value of values) {
    if (!Number.isFinite(value)) continue
    if (value < min) min = value
    if (value > max) max = value
  }
  // As float32, which is what travels: both ends must compute with the same number. All zeros, or a
  // range that vanishes in float32, are given a scale of 1.
  const scale = Math.fround((max - min) / (most - least)) || 1
  const zeroPoint = clamp(Math.round(least - min / scale))
  const data = new Int8Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    data[i] = Number.isNaN(value) ? zeroPoint : clamp(Math.round(value / scale) + zeroPoint)
  }
  return { data, scale, zeroPoint }
}

/** The values that the bytes stand for. */
export function dequantise({ data, scale, zeroPoint }: Quantised): Float32Array {
  return Float32Array.from(data, (q) => scale * (q - zeroPoint))
}

function clamp(q: number): number {
  return Math.min(most, Math.max(least, q))
}
