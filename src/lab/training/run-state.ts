// What a run remembers from epoch to epoch, besides its numbers: plain data, as it stands in the checkpoint.
import type { History } from './history.ts'
import type { SetResult, TrainedThresholds } from './measure.ts'

/** The epoch whose weights are kept. */
export interface Best extends TrainedThresholds {
  readonly epoch: number
  /** Sum of the exits' validation accuracies. */
  readonly score: number
  /** On the validation images of each training set, in the order of the flags. */
  readonly sets: readonly SetResult[]
  /** Hash of the family on disk; undefined until it is written. */
  readonly family?: string
}

export interface RunState {
  readonly best?: Best | undefined
  /** The highest score of any epoch. */
  readonly highest?: number
  /** Epochs since the score last rose. */
  readonly epochsSinceRise: number
  readonly history: History
  readonly epochSeconds: readonly number[]
  /** When the run began, and when it went on after a stop: ISO 8601. */
  readonly startedAt: string
  readonly resumedAt: readonly string[]
}

/** The state that a run begins with, or goes on with. */
export function createRunState(earlier: RunState | undefined): RunState {
  const now = new Date().toISOString()
  if (earlier !== undefined) return { ...earlier, resumedAt: [...earlier.resumedAt, now] }
  return { epochsSinceRise: 0, history: {}, epochSeconds: [], startedAt: now, resumedAt: [] }
}

/** Whether a run with --patience has learned nothing new for as many epochs. */
export function isOutOfPatience(state: RunState, patience: number | undefined): boolean {
  return patience !== undefined && state.epochsSinceRise >= patience
}
