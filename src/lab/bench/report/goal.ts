// What a goal is: one thing that ddnn is to reach, and how it is told from runs.
import type { BenchResult } from '../result.ts'
import type { ReplicaRate } from './replica-rates.ts'

/** What a set of runs has to tell goals by. */
export interface GoalData {
  readonly results: readonly BenchResult[]
  readonly replicas?: readonly ReplicaRate[]
}

export interface Reached {
  /** '1.28 x', '3.7 kB'. */
  readonly text: string
  readonly isMet: boolean
  /** What else a reader must know: why it does not count. */
  readonly note?: string
}

export interface Goal {
  readonly name: string
  /** '≤ 1.3 x'. */
  readonly goal: string
  /** How it is computed. */
  readonly how: string
  /** Undefined where the runs have no such data. */
  readonly reach: (data: GoalData) => Reached | undefined
}
