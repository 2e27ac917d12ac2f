// Weights that are no numbers: a disk or a training that went wrong left them, and one spoils every answer behind
// it. They are named where the file is read, whichever submodel it is of.
import { findNonFinite } from '../domain/finite.ts'
import { ModelError } from '../errors.ts'

interface WeightBytes {
  /** Where this byte of it lies: a weight may be spread over several. */
  readonly fileAt: (byte: number) => string
  readonly name: string
  /** As stored: 'float32' and 'float16' are looked at. */
  readonly dtype: string
  /** Where it is told, a scalar of a graph may be NaN: where(mask, x, NaN) has one by design. */
  readonly shape?: readonly number[]
  /** Little-endian. */
  readonly bytes: Uint8Array
}

/**
 * @param isMasking whether infinities are no fault, nor a scalar that is NaN: graphs have them as constants that mask.
 * @throws DDNN_MODEL_DAMAGED naming file, tensor and place.
 */
export function assertFiniteWeight(
  { fileAt, name, dtype, shape, bytes }: WeightBytes,
  isMasking: boolean,
): void {
  const found = findIn(dtype, bytes)
  if (found === undefined || (isMasking && (!found.startsWith('NaN') || shape?.length === 0)))
    return
  const at = Number(found.split(' at ')[1])
  const file = fileAt(at * (dtype === 'float16' ? 2 : 4))
  throw new ModelError(
    'DDNN_MODEL_DAMAGED',
    `Expected finite weights in '${file}', got ${found} of '${name}'`,
    {
      hint: 'Copy the model again, or train it again: this file is damaged, or its training diverged',
    },
  )
}

function findIn(dtype: string, bytes: Uint8Array): string | undefined {
  if (dtype === 'float16') return findInHalves(bytes)
  if (dtype !== 'float32') return undefined
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes)
  const count = Math.floor(bytes.byteLength / 4)
  return findNaNFirst(new Float32Array(aligned.buffer, aligned.byteOffset, count))
}

/** NaN before infinities: where those are no fault, it still is one. */
function findNaNFirst(values: Float32Array): string | undefined {
  const found = findNonFinite(values)
  if (found === undefined || found.startsWith('NaN')) return found
  const at = values.findIndex(Number.isNaN)
  return at < 0 ? found : `NaN at ${at}`
}

function findInHalves(bytes: Uint8Array): string | undefined {
  const exponent = 0x7c
  let infinity: string | undefined
  for (let at = 1; at < bytes.length; at += 2) {
    const high = bytes[at] as number
    if ((high & exponent) !== exponent) continue
    if ((high & 3) !== 0 || bytes[at - 1] !== 0) return `NaN at ${(at - 1) / 2}`
    infinity ??= `${high > exponent ? '-' : ''}Infinity at ${(at - 1) / 2}`
  }
  return infinity
}
