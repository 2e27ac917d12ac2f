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
    ...(tiers.length > 1 && isKnown
      ? [
          'Accuracy is of what a tier answered: later ones get the hard rest. On all: what a tier alone scores, measured before on images kept apart',
        ]
      : []),
    ...(computeShare === undefined
      ? []
      : [
          `Leaving early took ${describePercent(computeShare)} of the multiply-adds of running every image to the last exit`,
        ]),
    ...(sentBytes === undefined || imageBytes === undefined
      ? []
      : [
          `Between tiers at most ${describeBytes(sentBytes)} of features, in place of ${describeBytes(imageBytes)} for every image's pixels`,
        ]),
  ]
}
