// Figures of one submodel's features by codec. Pure.
import type { FeatureCodec } from '../../domain/feature-codec.ts'
import type { FrameFacts, Offload } from './scores.ts'

/** Of the codec that the features travelled by, or of another; undefined where it could not encode them. */
export function factsOf(
  { codec, frames }: Offload,
  wanted: FeatureCodec = codec,
): FrameFacts | undefined {
  return frames.find((facts) => facts.codec === wanted)
}

/** Mean bytes of a frame, NaN where the codec could not encode them. */
export function frameBytesOf(offload: Offload, wanted?: FeatureCodec): number {
  return factsOf(offload, wanted)?.bytes ?? Number.NaN
}
