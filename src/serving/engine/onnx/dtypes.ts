// Between float32, which is all that a tier knows, and the types that an ONNX model may take and give.
import { float16Bits, fromFloat16 } from '../../../domain/float16.ts'
import type { OrtTensor, TensorData } from './ort.ts'

/** How a float32 value is written as another type. */
interface InputKind {
  readonly array: new (buffer: ArrayBuffer, offset: number, length: number) => TensorData
  /** undefined where the array converts by itself. */
  readonly convert?: (value: number) => number | bigint
}

const toBigInt = (value: number) => BigInt(Math.trunc(value))

const inputKinds: Readonly<Record<string, InputKind>> = {
  float32: { array: Float32Array },
  float64: { array: Float64Array },
  float16: { array: Uint16Array, convert: float16Bits },
  uint8: { array: Uint8Array },
  int8: { array: Int8Array },
  uint16: { array: Uint16Array },
  int16: { array: Int16Array },
  uint32: { array: Uint32Array },
  int32: { array: Int32Array },
  uint64: { array: BigUint64Array, convert: toBigInt },
  int64: { array: BigInt64Array, convert: toBigInt },
}

/** Values of `dtype` in a buffer that has room for them; undefined for a type that has no numbers. */
export function viewOf(
  dtype: string,
): { readonly bytes: number; of(buffer: ArrayBuffer, length: number): TensorData } | undefined {
  const array = inputKinds[dtype]?.array
  if (array === undefined) return undefined
  const bytes = (array as unknown as { BYTES_PER_ELEMENT: number }).BYTES_PER_ELEMENT
  return { bytes, of: (buffer, length) => new array(buffer, 0, length) }
}

/** Writes values that stand in `from` as they shall stand in `to`, one after the other. */
export function copyValues(from: Float32Array, to: TensorData, dtype: string): void {
  const convert = inputKinds[dtype]?.convert
  if (convert === undefined) return (to as Float32Array).set(from)
  const target = to as (number | bigint)[] & TensorData
  for (let i = 0; i < from.length; i++) target[i] = convert(from[i] as number)
}

/**
 * Writes images `[count, height, width, channels]` as `[count, channels, height, width]`.
 * @param pixels height * width
 */
export function copyChannelsFirst(
  from: Float32Array,
  to: TensorData,
  dtype: string,
  pixels: number,
  channels: number,
): void {
  const convert = inputKinds[dtype]?.convert
  const target = to as Float32Array
  const size = pixels * channels
  for (let image = 0; image < from.length; image += size) {
    for (let channel = 0; channel < channels; channel++) {
      let read = image + channel
      let write = image + channel * pixels
      const end = write + pixels
      if (convert === undefined) {
        for (; write < end; write++, read += channels) target[write] = from[read] as number
      } else {
        const converted = to as (number | bigint)[] & TensorData
        for (; write < end; write++, read += channels) {
          converted[write] = convert(from[read] as number)
        }
      }
    }
  }
}

/** As float32 where these are floats; undefined of any other type. */
export function floatsOf({ type, data }: OrtTensor): Float32Array | undefined {
  if (type === 'float32') return data as Float32Array
  if (type === 'float64') return new Float32Array(data as Float64Array)
  if (type !== 'float16') return undefined
  // Float16Array where Node has it.
  if (!(data instanceof Uint16Array)) return new Float32Array(data as unknown as Float64Array)
  return Float32Array.from(data, fromFloat16)
}
