// The bytes of a tfjs model's weights, one weight after another as its list has them.
import { sizeOf } from '../domain/tensor.ts'

/** Bytes of one value on disk, by its dtype or that of its quantization. */
export const bytesPerValue: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  complex64: 8,
  float16: 2,
  uint16: 2,
  uint8: 1,
}

interface WeightSpec {
  readonly shape: readonly number[]
  readonly dtype: string
  readonly quantization?: { readonly dtype?: string | undefined } | undefined
}

interface StoredBytes<S extends WeightSpec> {
  readonly spec: S
  /** As it is stored, which its quantization may say. */
  readonly dtype: string
  /** Within all. */
  readonly start: number
  readonly bytes: Uint8Array
}

/** @param data of one group: all of its files, one after another; as long as `specs` say. */
export function* splitWeights<S extends WeightSpec>(
  specs: readonly S[],
  data: Uint8Array,
): Generator<StoredBytes<S>> {
  let start = 0
  for (const spec of specs) {
    const dtype = spec.quantization?.dtype ?? spec.dtype
    const bytesOfOne = bytesPerValue[dtype]
    const count = sizeOf(spec.shape)
    const end =
      bytesOfOne === undefined ? endOfTexts(data, start, count) : start + count * bytesOfOne
    yield { spec, dtype, start, bytes: data.subarray(start, end) }
    start = end
  }
}

/** Strings: each has its length in front of it, four bytes. */
function endOfTexts(data: Uint8Array, start: number, count: number): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  let at = start
  for (let k = 0; k < count && at + 4 <= data.length; k++) at += 4 + view.getUint32(at, true)
  return Math.min(at, data.length)
}
