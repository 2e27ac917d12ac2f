// The answer to a device, a gateway or `ddnn doctor`: who this is and what it takes. Nothing is computed,
// offloaded or put aside.
import type { Reply } from '../../domain/reply.ts'
import type { ServedModels } from './served-models.ts'
import { takesImages } from './takes-images.ts'

export interface ProbedTier {
  readonly name: string
  readonly version: string
  readonly models: ServedModels
}

/** A reply without result or problem, which says what the tier is. */
export function probeReply({ name, version, models }: ProbedTier): Reply {
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
      ...(models.labels === undefined ? {} : { labels: models.labels }),
    },
    next: undefined,
  }
}
