// The tiers of a chain as the live page shows them: those of this process, then its neighbours. Pure.
import type { ExitFacts } from '../../domain/tier-facts.ts'
import type { TierLife, TierPulse, WatchedExit, WatchedTier } from '../../domain/watch.ts'
import type { Knobs } from './knobs.ts'
import type { Neighbour } from './neighbours.ts'
import type { OwnTier } from './watch.ts'

interface ChainFacts {
  readonly own: readonly OwnTier[]
  readonly front: readonly Neighbour[]
  /** Of this process. */
  readonly life: TierLife
  readonly version: string
  readonly missing: readonly string[]
  readonly knobs: Pick<Knobs, 'turnedAt'>
  /** Whether there are tiers in front, known or not. */
  readonly hasFront: boolean
  readonly canTurn: boolean
  readonly canTurnFront: boolean
}

type ToldTier = Omit<WatchedTier, 'exits'> & { readonly exits: readonly ExitFacts[] }

export function watchedTiers(chain: ChainFacts): readonly WatchedTier[] {
  const { own, front } = chain
  const tiers = [
    ...own.map((tier, i) => ownTier(tier, i === 0, chain)),
    ...front.map(watchedNeighbour),
  ]
  const canTurnFront = chain.canTurnFront && front.every(knowsThresholds)
  return tiers.map((tier, i) => {
    const isLastTier = i === tiers.length - 1 && (front.length > 0 || !chain.hasFront)
    const canTurn = chain.canTurn && (i < own.length || canTurnFront)
    return { ...tier, exits: exitsOf(tier.exits, chain.knobs, { isLastTier, canTurn }) }
  })
}

function exitsOf(
  exits: readonly ExitFacts[],
  knobs: ChainFacts['knobs'],
  { isLastTier, canTurn }: { readonly isLastTier: boolean; readonly canTurn: boolean },
): readonly WatchedExit[] {
  return exits.map(({ index, threshold, criterion, accuracy, multiplyAdds, ...facts }, i) => {
    const isLast = facts.isLast ?? (isLastTier && i === exits.length - 1)
    return {
      ...{ index, isLast, threshold, accuracy, multiplyAdds },
      criterion: criterion ?? 'softmax',
      turned: knobs.turnedAt(index),
      canTurn: canTurn && !isLast,
    }
  })
}

/** One process, whatever it holds: what it does, and misses, is told once. */
function ownTier(
  { name, family, exits }: OwnTier,
  isFirst: boolean,
  { life, version, missing }: ChainFacts,
): ToldTier {
  return {
    ...{ name, family, exits, version },
    state: 'here',
    silentMs: 0,
    life: isFirst ? life : undefined,
    replicas: 1,
    missing: isFirst ? missing : [],
  }
}

function watchedNeighbour({ name, state, silentMs, about, replicas }: Neighbour): ToldTier {
  return {
    ...{ name, state, silentMs, replicas },
    version: about?.version,
    family: about?.family,
    exits: about?.exits ?? [],
    life: about?.life,
    missing: [],
  }
}

function knowsThresholds({ about }: Neighbour): boolean {
  return about?.exits?.every(({ threshold }) => threshold !== undefined) ?? false
}

/** Without what every tick tells anew. */
export function steadyFacts(tier: WatchedTier): object {
  return { ...tier, life: undefined, silentMs: undefined }
}

/** What every tick tells anew. */
export function pulseOf({ name, state, silentMs, life }: WatchedTier): TierPulse {
  return { name, state, silentMs, life }
}
