// The answer to `ddnn doctor` of the tier behind: who this is and what it takes. Nothing is computed,
// offloaded or put aside.
import type { Reply } from '../domain/reply.ts'
import type { Stage } from '../engine/engine.ts'

export interface ProbedTier {
  readonly name: string
  readonly version: string
  readonly stages: readonly Stage[]
  readonly labelsHash: string | undefined
}

/** A reply without result or problem, which says what the tier is. */
export function probeReply({ name, version, stages, labelsHash }: ProbedTier): Reply {
  const first = stages[0]
  return {
    tier: name,
    result: undefined,
    computeMs: 0,
    totalMs: 0,
    fallback: false,
    labelsHash,
    problem: undefined,
    about: { version, family: first?.spec.family, input: first?.shapes.input ?? [] },
    next: undefined,
  }
}
