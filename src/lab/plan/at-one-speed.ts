// A candidate as it would be with all places as fast as this machine: what a live run of it is held against. Pure.
import type { Candidate, PlanFacts, PlanOptions, Setting } from './plan.ts'
import { predict, prepare } from './predict.ts'

/** With these shares, one image at a time. */
export function atOneSpeed(
  { arrangement, form }: Candidate,
  setting: Setting,
  facts: PlanFacts,
  options: PlanOptions,
): Candidate {
  const here = { ...options, places: options.places.map((one) => ({ ...one, speed: 1 })) }
  const tiers = arrangement.tiers.map((tier) => ({ ...tier, place: { ...tier.place, speed: 1 } }))
  const arranged = {
    arrangement: { ...arrangement, tiers },
    group: { pixels: '', form, settings: [] },
  }
  const alone = { ...here, demand: undefined }
  return predict(prepare(arranged, facts, alone), setting, facts, alone)
}
