// The answer to a device, a gateway or `ddnn doctor`: who this is and what it takes. Nothing is computed,
// offloaded or put aside.
import type { Reply } from '../../domain/reply.ts'
import type { FeatureCodec } from '../../domain/feature-codec.ts'
import { defaultOrientation, type Orientation } from '../../domain/orientation.ts'
import { factsOfTier } from './facts-of-stages.ts'
import type { TierLife } from '../../domain/watch.ts'
import type { ServedModels } from './served-models.ts'
import { takesImages } from './takes-images.ts'

interface ProbedTier {
  readonly name: string
  readonly version: string
  readonly models: ServedModels
  /** How features travel on; as the manifest says where undefined. */
  readonly codec: FeatureCodec | undefined
  /** The user's word on photos that are stored turned; the manifest's where undefined. */
  readonly orientation: Orientation | undefined
  readonly life: TierLife
  /** Whether what its exits said of the calibration's images was asked for. */
  readonly hasCalibration: boolean
  /** What the tier in front says, where it was asked too. */
  readonly next: Reply | undefined
}

/** A reply without result or problem, which says what the tier is. */
export function probeReply(tier: ProbedTier): Reply {
  const { name, version, models, codec, orientation, life, hasCalibration, next } = tier
  const { labelsHash, info } = models
  const [first] = models.stages
  return {
    tier: name,
    result: undefined,
    computeMs: 0,
    totalMs: 0,
    fallback: false,
    labelsHash,
    problem: undefined,
    model: info,
    about: {
      version,
      family: info.family,
      input: first?.shapes.input ?? [],
      dtypes: first !== undefined && takesImages(first) ? ['uint8', 'float32'] : ['float32'],
      orientation: orientation ?? first?.spec.preprocessing?.orientation ?? defaultOrientation,
      ...(first?.shapes.isGray === true ? { takesGray: true } : {}),
      ...(models.labels === undefined ? {} : { labels: models.labels }),
      ...factsOfTier(models, codec),
      life,
      ...(hasCalibration ? { calibration: first?.spec.calibration } : {}),
    },
    next,
  }
}
