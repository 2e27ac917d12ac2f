// What the submodels of a tier tell of themselves, from their manifests: to askers, and to the table of a run.
import { plainBytes } from '../../domain/feature-bytes.ts'
import { partsOfCodec, type FeatureCodec } from '../../domain/feature-codec.ts'
import type { ExitFacts, TierFacts } from '../../domain/tier-facts.ts'
import type { Stage } from '../engine/engine.ts'
import type { ServedModels } from './served-models.ts'

type Models = Pick<ServedModels, 'stages' | 'rules'>

/** Of a tier that runs all these submodels; `codec` as its front link sends, the manifest's where undefined. */
export function factsOfTier(
  { stages, rules }: Models,
  codec: FeatureCodec | undefined,
): Omit<TierFacts, 'tier'> {
  let multiplyAdds: number | undefined = 0
  const exits = stages.flatMap(({ spec }, stage): ExitFacts[] => {
    multiplyAdds =
      multiplyAdds === undefined || spec.multiplyAdds === undefined
        ? undefined
        : multiplyAdds + spec.multiplyAdds
    return (rules[stage] ?? []).map(({ exit, threshold, confidence: criterion, isLast }, i) => ({
      index: exit,
      accuracy: spec.exits?.[i]?.accuracy,
      multiplyAdds,
      threshold,
      criterion,
      ...(isLast === undefined ? {} : { isLast }),
    }))
  })
  return { exits, offloadBytes: offloadBytesOf(stages.at(-1), codec) }
}

/** Of a process whose replies have a hop a submodel: a tier each, which hands its features on in memory. */
export function factsOfStages(
  { stages, rules }: Models,
  codec: FeatureCodec | undefined,
): readonly TierFacts[] {
  return stages.map((stage, i) => ({
    tier: stage.spec.name,
    ...factsOfTier({ stages: [stage], rules: [rules[i] ?? []] }, codec),
  }))
}

function offloadBytesOf(
  stage: Stage | undefined,
  codec: FeatureCodec | undefined,
): number | undefined {
  const features = stage?.shapes.features
  if (features === null || features === undefined) return undefined
  const used = codec ?? stage?.spec.featureCodec ?? 'float32'
  return plainBytes(features, partsOfCodec(used).form)
}
