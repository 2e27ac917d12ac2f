// IEEE 754 binary16, which Node 20 has no numbers for: 11 bits of precision up to 65504.

/** Largest finite value. */
export const float16Max = 65504

const float32View = new Float32Array(1)
const bitsView = new Uint32Array(float32View.buffer)

/** The bits nearest to a value, ties to even; infinity from 65520 on. */
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

/** The value of some bits. */
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
