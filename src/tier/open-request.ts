// From a request's value to its tensor: how large it may be, what it must carry, and for whose models.
// Nothing of a value is decoded before its size was looked at.
import { describeShape, isSameShape, sizeOf } from '../domain/tensor.ts'
import { scaledTo, widen } from '../domain/widen.ts'
import type { Stage, WriteSample } from '../engine/engine.ts'
import { FrameError, ModelError } from '../errors.ts'
import type { ImageDecoder } from '../input/input.ts'
import type { DecodedRequest, Wire } from '../wire/wire.ts'

/** What a tier takes. */
export interface Takes {
  /** The first submodel: its input is what a request must carry. */
  readonly first: Stage
  readonly decoder: ImageDecoder
  readonly labels: readonly string[] | undefined
  readonly labelsHash: string | undefined
}

/**
 * Decodes and checks a request; what it resolves with writes the tensor into its slot of the batch.
 * @throws DDNN_FRAME_* when the value is too large, damaged or of another shape, DDNN_MODEL_MISMATCH and
 *   DDNN_LABELS_MISMATCH when it is for other models.
 */
export async function openRequest(
  takes: Takes,
  wire: Wire,
  value: Uint8Array,
): Promise<WriteSample> {
  const { spec, shapes } = takes.first
  const expected = shapes.input
  const most = wire.maxRequestBytes(expected)
  if (value.length > most) {
    throw new FrameError(
      'DDNN_FRAME_TOO_LARGE',
      `Expected at most ${most} bytes for ${describeShape(expected)} of '${spec.name}', got ${value.length}`,
      { hint: `Send ${describeShape(expected)}, or pixels where the file is larger than they are` },
    )
  }
  const decoded = wire.decodeRequest(value, { maxElements: sizeOf(expected) })
  checkModel(takes, decoded)
  if (!isSameShape(decoded.shape, expected)) {
    throw new FrameError(
      'DDNN_FRAME_SHAPE',
      `Expected a tensor of ${describeShape(expected)} for '${spec.name}', got ${describeShape(decoded.shape)}`,
      {
        hint: `Send ${describeShape(expected)}: --height and --width, or the features of the submodel before`,
      },
    )
  }
  const scale = spec.preprocessing?.scale ?? 1 / 255
  if (decoded.codec === 'raw') return (slot) => decoded.write(slot, scale)
  const [height, width] = expected as readonly [number, number]
  const pixels = await takes.decoder(decoded.bytes, height, width)
  const table = scaledTo(scale)
  return (slot) => widen(pixels, slot, table)
}

function checkModel({ first, labels, labelsHash }: Takes, decoded: DecodedRequest): void {
  const { family, name } = first.spec
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
