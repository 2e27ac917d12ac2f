// The answer to `ddnn doctor` of the tier behind: who this is and what it takes. Nothing is computed,
// offloaded or put aside.
import type { Reply } from '../domain/reply.ts'
import type { Stage } from '../engine/engine.ts'
import type { ServedModels } from './served-models.ts'

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
      dtypes: takesImages(first) ? ['uint8', 'float32'] : ['float32'],
      ...(models.labels === undefined ? {} : { labels: models.labels }),
    },
    next: undefined,
  }
}

/** The first submodel of a chain takes images, also one without a manifest where it has their axes. */
function takesImages(first: Stage | undefined): boolean {
  const place = first?.spec.place
  if (place !== undefined) return place.index === 0
  return first?.spec.preprocessing !== undefined || first?.shapes.input[2] === 3
}
