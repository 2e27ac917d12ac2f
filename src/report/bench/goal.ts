// What a goal is: one thing that ddnn is to reach, and how it is told from a bench's result.
import type { BenchResult } from '../../bench/result.ts'

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
  /** How it is computed from a result. */
  readonly how: string
  /** Undefined where the result has no such data. */
  readonly reach: (result: BenchResult) => Reached | undefined
}
