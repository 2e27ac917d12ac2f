// The numbers of a run as its document of --json: run-schema.ts says what each is.
import type { ChainFacts } from '../domain/tier-facts.ts'
import type { RunDocument } from './run-schema.ts'
import { accuracyOnAll, savingsOf } from './savings.ts'
import type { Summary } from './summary.ts'

/** What a run is told of beside its numbers. */
export interface RunFacts {
  readonly name: string
  /** Samples that were to be asked. */
  readonly total: number
  /** Samples that a resumed CSV had answers of. */
  readonly resumed: number
  readonly chain: ChainFacts | undefined
  readonly written: readonly string[]
}

export function runDocument(summary: Summary, facts: RunFacts): RunDocument {
  const { samples, answered, failed, failures, fallbacks, accuracy, roundTripMs } = summary
  const { name, total, resumed, chain, written } = facts
  return {
    format: 1,
    name,
    images: total,
    notRun: Math.max(0, total - samples),
    resumed,
    answered,
    failed,
    failures: [...failures],
    fallbacks,
    accuracy: accuracy ?? null,
    tiers: tiersOf(summary, chain),
    latencyMs: roundTripMs ?? null,
    elapsedMs: summary.elapsedMs,
    imagesPerSecond: summary.imagesPerSecond,
    ...savedOf(summary, chain),
    written: [...written],
  }
}

function tiersOf({ tiers }: Summary, chain: ChainFacts | undefined): RunDocument['tiers'] {
  return tiers.map(({ tier, count, share, accuracy, exits, offloaded }) => ({
    tier,
    answered: count,
    share,
    accuracy: accuracy ?? null,
    accuracyOnAll: accuracyOnAll(chain, tier) ?? null,
    offloaded,
    exits: exits.map((one) => ({
      exit: one.exit,
      answered: one.count,
      accuracy: one.accuracy,
    })),
  }))
}

function savedOf(
  { tiers, answered }: Summary,
  chain: ChainFacts | undefined,
): Pick<RunDocument, 'multiplyAdds' | 'bytes'> {
  if (chain === undefined) return { multiplyAdds: null, bytes: null }
  const { computeShare, sentBytes, imageBytes } = savingsOf(tiers, answered, chain)
  return {
    multiplyAdds:
      computeShare === undefined ? null : { share: computeShare, saved: 1 - computeShare },
    bytes:
      sentBytes === undefined || imageBytes === undefined
        ? null
        : { features: sentBytes, pixels: imageBytes },
  }
}
