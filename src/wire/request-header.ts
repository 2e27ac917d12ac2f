// The JSON header of a request's frame, and the checks that make its claims safe to follow.
//
//   { "family"?: "6f1c...", "labels"?: "9b2e...",
//     "tensors": [{ "name": "input", "dtype": "float32", "shape": [89, 89, 32], "codec": "raw", "bytes": 1013888 }] }
//
// Keys that are not known are passed over, so that a later release may add some.
import {
  bytesPerElement,
  describeShape,
  dtypes,
  sizeOf,
  type DType,
  type Shape,
  type Tensor,
} from '../domain/tensor.ts'
import { FrameError, type ErrorCode } from '../errors.ts'
import { maxRank, maxRequestHeaderBytes } from './limits.ts'
import { toLittleEndian } from './slot.ts'
import type { DecodeLimits, EncodedTensor, RequestMeta } from './wire.ts'

const codecs = ['raw', 'jpeg'] as const
type Codec = (typeof codecs)[number]

/** What a request's header says, once it was held against the bytes that follow it. */
export interface CheckedHeader extends RequestMeta {
  readonly dtype: DType
  readonly shape: Shape
  readonly codec: Codec
}

/** The tensor as it travels: its own bytes (no copy) or the encoded image. */
export function tensorBytesOf(tensor: Tensor | EncodedTensor): Uint8Array {
  return 'codec' in tensor ? tensor.bytes : toLittleEndian(tensor.data)
}

/** @throws DDNN_FRAME_SHAPE when data and shape differ, DDNN_FRAME_TOO_LARGE for huge names. */
export function buildRequestHeader(
  tensor: Tensor | EncodedTensor,
  bytes: number,
  meta: RequestMeta,
): object {
  const { dtype, shape } = tensor
  const codec = 'codec' in tensor ? tensor.codec : 'raw'
  const expected = sizeOf(shape) * bytesPerElement[dtype]
  if (codec === 'raw' && bytes !== expected) {
    fail('DDNN_FRAME_SHAPE', `${expected} bytes of ${dtype} ${describeShape(shape)}`, bytes)
  }
  const { family, labelsHash } = meta
  if ((family?.length ?? 0) + (labelsHash?.length ?? 0) > maxRequestHeaderBytes / 8) {
    fail('DDNN_FRAME_TOO_LARGE', 'a family and a labels hash of at most 512 characters', 'longer')
  }
  // JSON leaves out what is undefined.
  return { family, labels: labelsHash, tensors: [{ name: 'input', dtype, shape, codec, bytes }] }
}

/**
 * @param rest bytes that follow the header.
 * @throws DDNN_FRAME_MALFORMED when fields are missing or the bytes are not those that were claimed,
 * DDNN_FRAME_SHAPE for a dtype, codec or shape that no tensor here has, DDNN_FRAME_TOO_LARGE.
 */
export function checkRequestHeader(
  header: unknown,
  rest: number,
  limits: DecodeLimits,
): CheckedHeader {
  if (!isRecord(header)) return fail('DDNN_FRAME_MALFORMED', 'a header object', header)
  const family = optionalText(header, 'family')
  const labelsHash = optionalText(header, 'labels')
  const { tensors } = header
  if (!Array.isArray(tensors) || tensors.length !== 1 || !isRecord(tensors[0])) {
    return fail('DDNN_FRAME_MALFORMED', 'one tensor in a request', tensors)
  }
  const { dtype, shape, codec, bytes } = tensors[0]
  if (!isOneOf(dtypes, dtype))
    return fail('DDNN_FRAME_SHAPE', `dtype ${dtypes.join(' or ')}`, dtype)
  if (!isOneOf(codecs, codec))
    return fail('DDNN_FRAME_SHAPE', `codec ${codecs.join(' or ')}`, codec)
  const elements = checkShape(shape, limits)
  if (bytes !== rest) {
    return fail('DDNN_FRAME_MALFORMED', `the ${rest} bytes after the header to be named`, bytes)
  }
  if (codec === 'raw' && elements * bytesPerElement[dtype] !== rest) {
    const claim = `${elements * bytesPerElement[dtype]} bytes for the shape`
    return fail('DDNN_FRAME_MALFORMED', claim, rest)
  }
  const axes = shape as readonly number[]
  if (codec === 'jpeg' && (dtype !== 'uint8' || axes.length !== 3 || axes[2] !== 3)) {
    return fail('DDNN_FRAME_SHAPE', 'uint8 [height, width, 3] for a JPEG', shape)
  }
  return { family, labelsHash, dtype, shape: axes, codec }
}

/** Number of elements; stops at the limit, so that a product of huge axes never overflows. */
function checkShape(shape: unknown, limits: DecodeLimits): number {
  if (!Array.isArray(shape)) return fail('DDNN_FRAME_MALFORMED', 'a shape', shape)
  if (shape.length > maxRank) {
    return fail('DDNN_FRAME_SHAPE', `at most ${maxRank} axes`, shape.length)
  }
  let elements = 1
  for (const axis of shape as unknown[]) {
    if (typeof axis !== 'number' || !Number.isSafeInteger(axis) || axis < 1) {
      return fail('DDNN_FRAME_MALFORMED', 'axes that are whole and positive', axis)
    }
    elements *= axis
    if (elements > limits.maxElements) {
      return fail('DDNN_FRAME_TOO_LARGE', `at most ${limits.maxElements} elements`, shape)
    }
  }
  return elements
}

function optionalText(header: Record<string, unknown>, key: string): string | undefined {
  const value = header[key]
  if (value === undefined || value === null) return undefined
  return typeof value === 'string' ? value : fail('DDNN_FRAME_MALFORMED', `'${key}' as text`, value)
}

function fail(code: ErrorCode, expected: string, got: unknown): never {
  const shown = (JSON.stringify(got) ?? 'nothing').slice(0, 80)
  throw new FrameError(code, `Expected ${expected}, got ${shown}`)
}

/** A plain object of JSON. */
function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isOneOf<T extends string>(names: readonly T[], value: unknown): value is T {
  return names.includes(value as T)
}
