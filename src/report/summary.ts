// The numbers of a run: how many were right, where they left, how long it took. Pure.
import type { Outcome } from '../domain/outcome.ts'
import { answerOf, hopsOf, isFallback } from '../domain/reply.ts'
import { percentile } from './percentile.ts'

/** The samples that one exit answered. */
interface ExitSummary {
  /** Place among all exits of the family, from 0; -1 where an original does not say. */
  readonly exit: number
  readonly count: number
  /** Of those, 0 to 1. */
  readonly accuracy: number
}

/** The samples that one tier answered, and those that it worked on. */
export interface TierSummary {
  readonly tier: string
  readonly count: number
  /** Of all answered samples, 0 to 1. */
  readonly share: number
  /** Of those that this tier answered, 0 to 1; undefined where it answered none. */
  readonly accuracy: number | undefined
  /** Samples by the deepest exit that it computed for them. */
  readonly ran: readonly { readonly exit: number; readonly count: number }[]
  /** The samples that it answered, by the exit they left at. */
  readonly exits: readonly ExitSummary[]
  /** Samples whose features it sent on, answered or not. */
  readonly offloaded: number
}

export interface Summary {
  readonly samples: number
  readonly answered: number
  /** Without an answer; counted by code in `failures`. */
  readonly failed: number
  readonly failures: readonly { readonly code: string; readonly count: number }[]
  /** Answered by a tier since its front gave nothing in time. */
  readonly fallbacks: number
  /** Right answers of all answers, 0 to 1; undefined without an answer. */
  readonly accuracy: number | undefined
  /** Every tier that took part, nearest to the device first. */
  readonly tiers: readonly TierSummary[]
  /** From request to answer, milliseconds, of answered samples; undefined without one. */
  readonly roundTripMs:
    { readonly p50: number; readonly p95: number; readonly p99: number } | undefined
  readonly elapsedMs: number
  /** Answers a second over the whole run. */
  readonly imagesPerSecond: number
}

/** Takes outcomes one by one and keeps a few numbers of each. */
interface SummaryBuilder {
  add(outcome: Outcome): void
  /** The summary so far; `elapsedMs` is the time of the run. */
  build(elapsedMs: number): Summary
}

interface TierCount {
  /** Smallest distance from the device at which it was seen. */
  depth: number
  count: number
  correct: number
  readonly ran: Map<number, number>
  readonly exits: Map<number, { count: number; correct: number }>
  offloaded: number
}

/** Starts from no samples. */
export function createSummary(): SummaryBuilder {
  const tiers = new Map<string, TierCount>()
  const failures = new Map<string, number>()
  const roundTrips: number[] = []
  let samples = 0
  let answered = 0
  let correct = 0
  let fallbacks = 0

  return {
    add(outcome) {
      samples++
      const { reply } = outcome
      for (const [depth, hop] of (reply === undefined ? [] : hopsOf(reply)).entries()) {
        const tier = tiers.get(hop.tier) ?? {
          ...{ depth, count: 0, correct: 0, offloaded: 0 },
          ran: new Map<number, number>(),
          exits: new Map<number, { count: number; correct: number }>(),
        }
        tiers.set(hop.tier, tier)
        tier.depth = Math.min(tier.depth, depth)
        if (hop.next !== undefined || hop.fallback) tier.offloaded++
        const { exit } = hop.result ?? {}
        if (exit !== undefined) tier.ran.set(exit, (tier.ran.get(exit) ?? 0) + 1)
      }
      const answer = reply && answerOf(reply)
      if (reply === undefined || answer === undefined) {
        const code = outcome.problem?.code ?? 'DDNN_REPLY_FAILED'
        failures.set(code, (failures.get(code) ?? 0) + 1)
        return
      }
      answered++
      if (isFallback(reply)) fallbacks++
      if (outcome.roundTripMs !== undefined) roundTrips.push(outcome.roundTripMs)
      const tier = tiers.get(answer.tier) as TierCount
      const exit = tier.exits.get(answer.result.exit) ?? { count: 0, correct: 0 }
      tier.exits.set(answer.result.exit, exit)
      tier.count++
      exit.count++
      if (answer.result.prediction !== outcome.label) return
      correct++
      tier.correct++
      exit.correct++
    },

    build(elapsedMs) {
      const sorted = Float64Array.from(roundTrips).sort()
      return {
        samples,
        answered,
        failed: samples - answered,
        failures: [...failures]
          .map(([code, count]) => ({ code, count }))
          .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1)),
        fallbacks,
        accuracy: answered === 0 ? undefined : correct / answered,
        tiers: [...tiers]
          .sort(([, a], [, b]) => a.depth - b.depth)
          .map(([tier, { count, correct: right, ran, exits, offloaded }]) => ({
            tier,
            count,
            share: answered === 0 ? 0 : count / answered,
            accuracy: count === 0 ? undefined : right / count,
            ran: [...ran].map(([exit, samplesThere]) => ({ exit, count: samplesThere })),
            exits: [...exits]
              .sort(([a], [b]) => a - b)
              .map(([exit, { count: left, correct: hits }]) => ({
                exit,
                count: left,
                accuracy: hits / left,
              })),
            offloaded,
          })),
        roundTripMs:
          sorted.length === 0
            ? undefined
            : {
                p50: percentile(sorted, 50),
                p95: percentile(sorted, 95),
                p99: percentile(sorted, 99),
              },
        elapsedMs,
        imagesPerSecond: elapsedMs > 0 ? answered / (elapsedMs / 1000) : 0,
      }
    },
  }
}
