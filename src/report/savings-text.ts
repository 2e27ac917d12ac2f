// The sentences below the table of a run: what its columns mean, and what leaving early saved.
import type { ChainFacts } from '../domain/tier-facts.ts'
import { describeBytes, describePercent } from './describe.ts'
import { accuracyOnAll, savingsOf } from './savings.ts'
import type { Summary } from './summary.ts'

/** None where nothing is known of the chain, or nobody answered. */
export function savingsLines(
  { tiers, answered }: Summary,
  chain: ChainFacts | undefined,
): readonly string[] {
  if (chain === undefined) return []
  const { computeShare, sentBytes, imageBytes } = savingsOf(tiers, answered, chain)
  const isKnown = tiers.some(({ tier }) => accuracyOnAll(chain, tier) !== undefined)
  return [
    ...(isKnown ? [onAll(tiers.length)] : []),
    ...(computeShare === undefined
      ? []
      : [
          computeShare > 0.9999
            ? 'No image left early: each took the multiply-adds of the whole network'
            : `Leaving early took ${describePercent(computeShare)} of the multiply-adds of running every image to the last exit`,
        ]),
    ...(sentBytes === undefined || imageBytes === undefined
      ? []
      : [
          `Between tiers at most ${describeBytes(sentBytes)} of features, in place of ${describeBytes(imageBytes)} for every image's pixels`,
        ]),
  ]
}

/** What the last column says, and of several tiers why the one before it says less. */
function onAll(tiers: number): string {
  return tiers > 1
    ? 'Accuracy is of what a tier answered: later ones get the hard rest. On all: what a tier alone scores, measured before on images kept apart'
    : 'On all: what the tier alone scores, measured before on images kept apart'
}
