// The JSON header of a request's frame, and the checks that make its claims safe to follow.
//
//   { "family"?: "6f1c...", "labels"?: "9b2e...", "thresholds"?: [0.9, 0.8], "memory"?: ["qrl4wKKVjL0=", null],
//     "tensors": [{ "name": "input", "dtype": "float32", "shape": [89, 89, 32], "codec": "raw", "bytes": 1013888 }] }
//
// A codec of features is its name, as 'int8+deflate'; all that it needs stands in the bytes.
// Keys that are not known are passed over, so that a later release may add some.
import { plainBytes } from '../../domain/feature-bytes.ts'
import {
  bytesPerElement,
  describeShape,
  dtypes,
  sizeOf,
  type DType,
  type Shape,
  type Tensor,
} from '../../domain/tensor.ts'
import {
  featureCodecs,
  isFeatureCodec,
  partsOfCodec,
  type FeatureCodec,
} from '../../domain/feature-codec.ts'
import { FrameError, type ErrorCode } from '../../errors.ts'
import type { Carried } from './carried.ts'
import { canPack } from './features/node-zstd.ts'
import { maxThresholds } from '../../domain/turned-thresholds.ts'
import { maxRank, maxRequestHeaderBytes } from './limits.ts'
import { packRemembered, unpackRemembered } from './remembered.ts'
import {
  imageCodecs,
  isImageCodec,
  type Codec,
  type DecodeLimits,
  type EncodedTensor,
  type RequestMeta,
} from './wire.ts'

/** float32 as it is travels as `raw`, which all releases know. */
const codecs: readonly Codec[] = [
  'raw',
  ...imageCodecs,
  ...featureCodecs.filter((codec) => codec !== 'float32'),
]

/** What a request's header says, once it was held against the bytes that follow it. */
interface CheckedHeader extends Omit<RequestMeta, 'codec'> {
  readonly dtype: DType
  readonly shape: Shape
  readonly codec: Codec
}

/** @throws DDNN_FRAME_SHAPE when data and shape differ, DDNN_FRAME_TOO_LARGE for huge names. */
export function buildRequestHeader(
  tensor: Tensor | EncodedTensor,
  carried: Carried,
  meta: RequestMeta,
): object {
  const { dtype, shape } = tensor
  const { codec } = carried
  const bytes = carried.bytes.length
  const expected = sizeOf(shape) * bytesPerElement[dtype]
  if (codec === 'raw' && bytes !== expected) {
    fail('DDNN_FRAME_SHAPE', `${expected} bytes of ${dtype} ${describeShape(shape)}`, bytes)
  }
  const { family, labelsHash, thresholds } = meta
  if (thresholds !== undefined) checkThresholds(thresholds)
  if ((family?.length ?? 0) + (labelsHash?.length ?? 0) > maxRequestHeaderBytes / 8) {
    fail('DDNN_FRAME_TOO_LARGE', 'a family and a labels hash of at most 512 characters', 'longer')
  }
  // JSON leaves out what is undefined.
  const tensors = [{ name: 'input', dtype, shape, codec, bytes }]
  const memory = packRemembered(meta.memory)
  const header = { family, labels: labelsHash, thresholds, memory, tensors }
  if (memory === undefined || JSON.stringify(header).length <= maxRequestHeaderBytes) return header
  // No room beside very many thresholds: exits in front go by themselves alone.
  return { ...header, memory: undefined }
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
  const thresholds = optionalThresholds(header)
  const memory = unpackRemembered(header.memory)
  const { tensors } = header
  if (!Array.isArray(tensors) || tensors.length !== 1 || !isRecord(tensors[0])) {
    return fail('DDNN_FRAME_MALFORMED', 'one tensor in a request', tensors)
  }
  const { dtype, shape, codec, bytes } = tensors[0]
  if (!isOneOf(dtypes, dtype))
    return fail('DDNN_FRAME_SHAPE', `dtype ${dtypes.join(' or ')}`, dtype)
  if (!isOneOf(codecs, codec))
    return fail('DDNN_FRAME_SHAPE', 'a codec that this release knows', codec)
  const elements = checkShape(shape, limits)
  if (bytes !== rest) {
    return fail('DDNN_FRAME_MALFORMED', `the ${rest} bytes after the header to be named`, bytes)
  }
  if (codec === 'raw' && elements * bytesPerElement[dtype] !== rest) {
    const claim = `${elements * bytesPerElement[dtype]} bytes for the shape`
    return fail('DDNN_FRAME_MALFORMED', claim, rest)
  }
  const axes = shape as readonly number[]
  if (isImageCodec(codec) && (dtype !== 'uint8' || axes.length !== 3 || axes[2] !== 3)) {
    return fail('DDNN_FRAME_SHAPE', `uint8 [height, width, 3] for ${codec}`, shape)
  }
  if (isFeatureCodec(codec)) checkFeatures(dtype, axes, codec, rest)
  return {
    family,
    labelsHash,
    ...(thresholds === undefined ? {} : { thresholds }),
    ...(memory === undefined ? {} : { memory }),
    dtype,
    shape: axes,
    codec,
  }
}

/** What packed ones give is seen when they are unpacked. */
function checkFeatures(dtype: DType, axes: Shape, codec: FeatureCodec, rest: number): void {
  if (dtype !== 'float32') fail('DDNN_FRAME_SHAPE', `dtype float32 for ${codec}`, dtype)
  const { form, pack } = partsOfCodec(codec)
  if (!canPack(pack)) fail('DDNN_FRAME_SHAPE', `Node 22.15 or later for ${codec}`, process.version)
  const bytes = plainBytes(axes, form)
  if (pack === undefined && bytes !== rest) {
    fail('DDNN_FRAME_MALFORMED', `${bytes} bytes of ${codec} for the shape`, rest)
  }
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

function optionalThresholds({
  thresholds,
}: Record<string, unknown>): readonly number[] | undefined {
  if (thresholds === undefined || thresholds === null) return undefined
  return checkThresholds(thresholds)
}

function checkThresholds(value: unknown): readonly number[] {
  const isList = Array.isArray(value) && value.length > 0 && value.length <= maxThresholds
  if (isList && value.every((one) => Number.isFinite(one))) return value as number[]
  return fail('DDNN_FRAME_VALUE', `1 to ${maxThresholds} finite numbers as thresholds`, value)
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
