// Every arrangement of a plan: placements, the form of the image where the device holds no submodel, and the
// codec of each cut. Accuracy is measured with one form of features at a time, so a form goes for all cuts; how
// it is packed loses nothing, and is free for each. Pure.
import { featureForms, partsOfCodec, type FeatureForm } from '../../domain/feature-codec.ts'
import { placementsOf } from './placements.ts'
import {
  exactPixels,
  type Arrangement,
  type FrameCosts,
  type PlacedTier,
  type PlanFacts,
  type PlanOptions,
  type SettingGroup,
} from './plan.ts'

/** An arrangement with the settings that its pixels and its form of features have. */
export interface Arranged {
  readonly arrangement: Arrangement
  readonly group: SettingGroup
}

/** All of them, in a fixed order. */
export function* arrangementsOf(facts: PlanFacts, { places }: PlanOptions): Generator<Arranged> {
  const device = places[0]
  for (const tiers of placementsOf(facts.stages.length, places)) {
    const isLocal = tiers[0]?.place === device
    for (const image of isLocal ? [undefined] : facts.images) {
      const pixels = image?.pixels ?? exactPixels
      for (const form of formsOf(tiers)) {
        const group = facts.groups.find((one) => one.pixels === pixels && one.form === form)
        if (group === undefined) continue
        for (const codecs of codecsOf(tiers, facts, form)) {
          yield { arrangement: { tiers, image, codecs }, group }
        }
      }
    }
  }
}

/** Features that stay in one process are as they are. */
function formsOf(tiers: readonly PlacedTier[]): readonly FeatureForm[] {
  return tiers.length === 1 ? ['float32'] : featureForms
}

/** One codec a cut, each of this form: all combinations. */
function codecsOf(
  tiers: readonly PlacedTier[],
  { stages }: PlanFacts,
  form: FeatureForm,
): readonly (readonly FrameCosts[])[] {
  return tiers.slice(0, -1).reduce<readonly (readonly FrameCosts[])[]>(
    (all, { to }) => {
      const frames = stages[to - 1]?.frames ?? []
      const fitting = frames.filter(({ codec }) => partsOfCodec(codec).form === form)
      return all.flatMap((chosen) => fitting.map((frame) => [...chosen, frame]))
    },
    [[]],
  )
}
