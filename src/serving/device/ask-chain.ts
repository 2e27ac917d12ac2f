// What a run learns of the tiers that it asks, beside its samples: told by the one in front, which asks on.
import { hopsOf } from '../../domain/reply.ts'
import { sizeOf } from '../../domain/tensor.ts'
import type { ChainFacts, TierFacts } from '../../domain/tier-facts.ts'
import type { Requester } from '../transport/transport.ts'
import type { Wire } from '../wire/wire.ts'
import { askAbout, type AboutReply } from './ask-about.ts'

/**
 * Asks in the background; the function that it returns gives what is known by then. Nobody waits for it, and nothing of
 * it fails: of a tier that does not answer, or is of an earlier release, nothing is known.
 */
export function askChain(
  { requester, wire }: { readonly requester: Requester; readonly wire: Wire },
  budgetMs: number,
  signal: AbortSignal,
): () => ChainFacts | undefined {
  let known: ChainFacts | undefined
  askAbout(requester, wire, budgetMs, signal, 'chain').then(
    (reply) => (known = factsOfReply(reply)),
    () => undefined,
  )
  return () => known
}

/** Undefined where a tier says nothing of its exits. */
function factsOfReply(reply: AboutReply): ChainFacts | undefined {
  const tiers: TierFacts[] = []
  for (const { tier, about } of hopsOf(reply)) {
    if (about?.exits === undefined) return undefined
    tiers.push({ tier, exits: about.exits, offloadBytes: about.offloadBytes })
  }
  return { tiers, imageBytes: sizeOf(reply.about?.input ?? []) }
}
