// Asks the tier in front who it is and what it takes, over the requester of a run: nothing is computed there.
import { probeLabels, probeScopes, type ProbeScope, type TierAbout } from '../../domain/probe.ts'
import type { Reply } from '../../domain/reply.ts'
import type { Requester } from '../transport/transport.ts'
import type { Wire } from '../wire/wire.ts'

/** What a tier says of itself; `about` is undefined of an earlier release, which knows no such question. */
export type AboutReply = Reply & { readonly about?: TierAbout | undefined }

/**
 * Of `chain` the reply nests what the tiers behind the first one say, as far as they answer; a tier of an earlier release
 * tells of itself alone. @throws DDNN_REPLY_TIMEOUT when nobody answers within the budget, milliseconds, DDNN_TRANSPORT_*.
 */
export async function askAbout(
  requester: Requester,
  wire: Wire,
  budgetMs: number,
  signal: AbortSignal,
  scope: ProbeScope = 'tier',
): Promise<AboutReply> {
  const tensor = { dtype: 'uint8', shape: [1], data: Uint8Array.of(probeScopes[scope]) } as const
  const value = wire.encodeRequest(tensor, { family: undefined, labelsHash: probeLabels })
  const answer = await requester.ask(value, { budgetMs, isProbe: true, signal })
  return wire.decodeReply(answer.value, answer.wireVersion)
}
