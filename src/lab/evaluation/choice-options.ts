// What a choice of thresholds is told beside the samples, whatever the goal.
import type { Tally } from './exit-columns.ts'
import type { Goal } from './goal.ts'

export interface ChoiceOptions {
  readonly goal: Goal
  /** Of the bound, 0 to 1. */
  readonly confidence: number
  /** Least share that leaves at each exit, the last one too; 0 asks for none. */
  readonly minExitShare: number
  /** One an exit, 0 to 1 (exit-costs.ts). */
  readonly costs: readonly number[]
  /** Time of a sample that leaves at each exit, milliseconds. */
  readonly exitMs: readonly number[]
  /** A threshold that lets none leave. */
  readonly never: number
}

/** How much is missing, over all exits, of the least share that leaves at each. */
export function missingShares({ left, samples }: Tally, least: number): number {
  if (least === 0) return 0
  let missing = 0
  for (let exit = 0; exit < left.length; exit++) {
    missing += Math.max(0, least - (left[exit] as number) / samples)
  }
  return missing
}
