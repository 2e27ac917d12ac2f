// From a request's value to its tensor: how large it may be, what it must carry, and for whose models.
// Nothing of a value is decoded before its size was looked at.
import type { Remembered } from '../../domain/exit-memory.ts'
import { isGrayOf, repeatGray } from '../../domain/gray.ts'
import { describeShape, isSameShape, sizeOf, type Shape } from '../../domain/tensor.ts'
import { scaledTo, widen } from '../../domain/widen.ts'
import type { WriteSample } from '../engine/engine.ts'
import { FrameError, ModelError } from '../../errors.ts'
import type { ImageDecoder } from '../../input/input.ts'
import { isImageCodec, type DecodedRequest, type Wire } from '../wire/wire.ts'
import { modelsOf, type Served, type ServedModels } from './served-models.ts'
import { scaleOf } from '../../domain/submodel.ts'

/** What a tier takes. */
interface Takes {
  readonly served: Served
  readonly decoder: ImageDecoder
}

export interface OpenedRequest {
  /** Those that it is for, held until `letGo`. */
  readonly models: ServedModels
  /** Writes the tensor into its slot of the batch. */
  readonly write: WriteSample
  /** How its tensor travelled: a codec, or the dtype of one that is as it is. */
  readonly codec: string
  /** The request's own, in place of the models'. */
  readonly thresholds: readonly number[] | undefined
  /** What exits of tiers behind said of the sample. */
  readonly memory: Remembered | undefined
  /** To be called once the request has its answer. */
  readonly letGo: () => void
}

/**
 * Decodes and checks a request.
 * @throws DDNN_FRAME_* when the value is too large, damaged or of another shape, DDNN_MODEL_MISMATCH and
 *   DDNN_LABELS_MISMATCH when it is for other models.
 */
export async function openRequest(
  takes: Takes,
  wire: Wire,
  value: Uint8Array,
): Promise<OpenedRequest> {
  const inputs = takes.served().map(inputOf)
  checkSize(wire, value, inputs)
  const maxElements = Math.max(...inputs.map(({ shape }) => sizeOf(shape)))
  const decoded = wire.decodeRequest(value, { maxElements })
  const models = modelsOf(takes.served, decoded.family)
  const letGo = models.hold()
  try {
    const write = await openTensor(takes.decoder, models, decoded)
    const codec = decoded.codec === 'raw' ? decoded.dtype : decoded.codec
    const { thresholds, memory } = decoded
    return { models, write, codec, thresholds, memory, letGo }
  } catch (thrown) {
    letGo()
    throw thrown
  }
}

function inputOf({ stages }: ServedModels): { readonly name: string; readonly shape: Shape } {
  const [first] = stages
  return { name: first?.spec.name ?? '', shape: first?.shapes.input ?? [] }
}

/** By the largest input of all models that are served. */
function checkSize(
  wire: Wire,
  value: Uint8Array,
  inputs: readonly { readonly name: string; readonly shape: Shape }[],
): void {
  const sizes = inputs.map(({ shape }) => wire.maxRequestBytes(shape))
  const most = Math.max(...sizes)
  if (value.length <= most) return
  const { name, shape = [] } = inputs[sizes.indexOf(most)] ?? {}
  throw new FrameError(
    'DDNN_FRAME_TOO_LARGE',
    `Expected at most ${most} bytes for ${describeShape(shape)} of '${name}', got ${value.length}`,
    { hint: `Send ${describeShape(shape)}, or pixels where the file is larger than they are` },
  )
}

async function openTensor(
  decoder: ImageDecoder,
  models: ServedModels,
  decoded: DecodedRequest,
): Promise<WriteSample> {
  const [first] = models.stages
  const { shape: expected, name } = inputOf(models)
  checkModel(models, decoded)
  checkMemory(models, decoded)
  const isGray = first?.shapes.isGray === true && isGrayOf(decoded.shape, expected)
  if (!isGray && !isSameShape(decoded.shape, expected)) {
    throw new FrameError(
      'DDNN_FRAME_SHAPE',
      `Expected a tensor of ${describeShape(expected)} for '${name}', got ${describeShape(decoded.shape)}`,
      {
        hint: `Send ${describeShape(expected)}: --height and --width, or the features of the submodel before`,
      },
    )
  }
  const scale = scaleOf(first?.spec)
  if (!isImageCodec(decoded.codec)) {
    const write = (slot: Float32Array) => decoded.write(slot, scale)
    return isGray ? (slot) => repeatGray(slot, write) : write
  }
  const [height, width] = expected as readonly [number, number]
  const pixels = await decoder(decoded.bytes, height, width, first?.spec.preprocessing?.orientation)
  const table = scaledTo(scale)
  return (slot) => widen(pixels, slot, table)
}

function checkModel(models: ServedModels, decoded: DecodedRequest): void {
  const { labels, labelsHash, info } = models
  const { family } = info
  const { name } = inputOf(models)
  if (decoded.family !== undefined && family !== undefined && decoded.family !== family) {
    throw new ModelError(
      'DDNN_MODEL_MISMATCH',
      `Expected features of family '${family}' for '${name}', got '${decoded.family}'`,
      { hint: 'Deploy submodels that were trained together on all tiers' },
    )
  }
  const isForeign = decoded.labelsHash !== undefined && decoded.labelsHash !== labelsHash
  if (isForeign && labelsHash !== undefined) {
    throw new ModelError(
      'DDNN_LABELS_MISMATCH',
      `Expected labels ${(labels ?? []).join(', ')} (${labelsHash}), got others (${decoded.labelsHash})`,
      { hint: "Pass the model's own labels, in its order" },
    )
  }
}

/** Exits of one family know the same classes. */
function checkMemory(models: ServedModels, { memory = [] }: DecodedRequest): void {
  const classes = models.stages[0]?.shapes.exits[0]
  const odd = memory.find((logs) => logs !== undefined && logs.length !== classes)
  if (odd === undefined || classes === undefined) return
  throw new FrameError(
    'DDNN_FRAME_SHAPE',
    `Expected ${classes} classes in the memory of exits for '${inputOf(models).name}', got ${odd.length}`,
    { hint: 'Deploy submodels that were trained together on all tiers' },
  )
}
