// What a process shows of itself on its live page, by what it is made of: models, and a front.
import type { FeatureCodec } from '../domain/feature-codec.ts'
import { askAbout } from '../serving/device/ask-about.ts'
import type { Front } from '../serving/tier/answer.ts'
import { factsOfStages, factsOfTier } from '../serving/tier/facts-of-stages.ts'
import type { Served, ServedModels } from '../serving/tier/served-models.ts'
import type { OwnTier, WatchSource } from '../serving/watch/watch.ts'

/** A tier with all these models. */
export function watchedTier(
  name: string,
  models: ServedModels,
  codec: FeatureCodec | undefined,
): OwnTier {
  return { name, family: models.info.family, exits: factsOfTier(models, codec).exits }
}

/** Of a process whose replies have a hop a submodel: a tier each. */
export function watchedStages(
  models: ServedModels,
  codec: FeatureCodec | undefined,
): readonly OwnTier[] {
  const { family } = models.info
  return factsOfStages(models, codec).map(({ tier, exits }) => ({ name: tier, family, exits }))
}

/** Of a process with models. */
export function watchModels(
  served: Served,
  own: () => readonly OwnTier[],
): Pick<WatchSource, 'labels' | 'own' | 'calibration'> {
  return {
    own,
    labels: () => served()[0].labels,
    calibration: () => served()[0].stages[0]?.spec.calibration,
  }
}

/** Of a front link; one in the original's JSON can neither be asked nor told thresholds. */
export function watchFront(
  front: Front | undefined,
  signal: AbortSignal,
): Pick<WatchSource, 'ask' | 'hasFront' | 'canTurnFront'> {
  const hasFront = front !== undefined
  if (!hasFront || !front.wire.carriesBudget) return { hasFront, canTurnFront: false }
  const { requester, wire } = front
  return {
    hasFront,
    canTurnFront: true,
    ask: (budgetMs, scope) => askAbout(requester, wire, budgetMs, signal, scope),
  }
}
