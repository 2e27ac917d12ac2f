// Features on their way to the next submodel as serving sends them: through the wire, frame and all.
import { canTravel, type Remembered } from '../../domain/exit-memory.ts'
import type { ExitRule } from '../../domain/exit.ts'
import type { FeatureCodec } from '../../domain/feature-codec.ts'
import { isEveryFinite } from '../../domain/finite.ts'
import type { Stage, WriteSample } from '../../serving/engine/engine.ts'
import type { Wire } from '../../serving/wire/wire.ts'

/** The wire, and what goes with each of its frames. */
export interface FeatureWay {
  readonly wire: Wire
  readonly labelsHash: string | undefined
  /** What exits said, as it goes along; none where undefined. */
  readonly memory?: Remembered | undefined
}

/** As much as exits up to this stage send along, all of it 0. */
export function memoryBehind(
  stages: readonly Stage[],
  rules: readonly (readonly ExitRule[])[],
  stage: number,
): Remembered {
  const sent: (Float32Array | undefined)[] = []
  for (const [s, own] of rules.slice(0, stage + 1).entries()) {
    for (const [i, { exit, isRemembered }] of own.entries()) {
      if (isRemembered === true) sent[exit] = new Float32Array(stages[s]?.shapes.exits[i] ?? 0)
    }
  }
  return canTravel(sent) ? sent : []
}

/** The frame of a stage's features. @throws DDNN_FRAME_VALUE, DDNN_FRAME_SHAPE as `Wire.encodeRequest` */
export function frameOf(
  { wire, labelsHash, memory }: FeatureWay,
  { shapes, spec }: Stage,
  features: Float32Array,
  codec: FeatureCodec,
): Uint8Array {
  const tensor = { dtype: 'float32', shape: shapes.features ?? [], data: features } as const
  return wire.encodeRequest(tensor, { family: spec.family, labelsHash, codec, memory })
}

/** Writes what the frame holds into the next stage's slot. */
export function writeFrame({ wire }: FeatureWay, frame: Uint8Array): WriteSample {
  return (slot) => wire.decodeRequest(frame, { maxElements: slot.length }).write(slot, 1)
}

/**
 * Features as the next stage gets them. Those that are no numbers no tier sends: they spoil what comes after,
 * and are seen there.
 * @throws DDNN_FRAME_VALUE when the codec has no room for a value
 */
export function sentAs(
  way: FeatureWay,
  stage: Stage,
  features: Float32Array | undefined,
  codec: FeatureCodec,
): WriteSample {
  if (features === undefined || codec === 'float32' || !isEveryFinite(features)) {
    return (slot) => slot.set(features ?? [])
  }
  return writeFrame(way, frameOf(way, stage, features, codec))
}
