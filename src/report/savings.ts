// What leaving early saved in a run: multiply-adds and bytes between tiers, beside taking every image to the last
// exit. Pure; what is not known is undefined, never guessed.
import type { ChainFacts, TierFacts } from '../domain/tier-facts.ts'
import type { TierSummary } from './summary.ts'

interface Savings {
  /** Multiply-adds of the run, of those that all images would take to the last exit, 0 to 1. */
  readonly computeShare: number | undefined
  /** Features that travelled between tiers, bytes before they were packed. */
  readonly sentBytes: number | undefined
  /** Of as many images as were answered, over the same links, one byte a value. */
  readonly imageBytes: number | undefined
}

/** `answered` samples of the run. A chain whose last tier would send features on is not known to its end. */
export function savingsOf(
  tiers: readonly TierSummary[],
  answered: number,
  chain: ChainFacts,
): Savings {
  const isWhole = chain.tiers.at(-1)?.offloadBytes === undefined
  if (answered === 0 || !isWhole) {
    return { computeShare: undefined, sentBytes: undefined, imageBytes: undefined }
  }
  const all = sum(chain.tiers.map(({ exits }) => exits.at(-1)?.multiplyAdds)) * answered
  const spent = sum(
    tiers.flatMap((tier) => {
      const facts = factsOf(chain, tier.tier)
      return tier.ran.map(({ exit, count }) => count * costAt(facts, exit))
    }),
  )
  const links = chain.tiers.length - 1
  const sent = sum(
    tiers.map(({ tier, offloaded }) =>
      offloaded === 0 ? 0 : offloaded * (factsOf(chain, tier)?.offloadBytes ?? Number.NaN),
    ),
  )
  return {
    computeShare: known(spent / all),
    sentBytes: links === 0 ? undefined : known(sent),
    imageBytes: links === 0 ? undefined : known(answered * links * chain.imageBytes),
  }
}

/** The accuracy of a tier's last exit on all samples, as its manifest says. */
export function accuracyOnAll(chain: ChainFacts | undefined, tier: string): number | undefined {
  return chain === undefined ? undefined : factsOf(chain, tier)?.exits.at(-1)?.accuracy
}

function factsOf({ tiers }: ChainFacts, name: string): TierFacts | undefined {
  return tiers.find(({ tier }) => tier === name)
}

function costAt(facts: TierFacts | undefined, exit: number): number {
  return facts?.exits.find(({ index }) => index === exit)?.multiplyAdds ?? Number.NaN
}

/** NaN as soon as one is not known. */
function sum(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? Number.NaN), 0)
}

function known(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined
}
