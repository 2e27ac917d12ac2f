// What a training run needs from outside, whatever it trains.
import type { TrainProgress } from './fit.ts'
import type { EpochReport } from './run.ts'

export interface TrainContext {
  readonly log: {
    info(facts: object, message: string): void
    warn(facts: object, message: string): void
  }
  /** The command line after `ddnn`, for the run's record. */
  readonly command?: readonly string[]
  /** After every step. */
  readonly onProgress?: (progress: TrainProgress) => void
  readonly onEpoch?: (report: EpochReport) => void
  /** Ends the run after the step under way; the best epoch's weights are kept, and --resume goes on. */
  readonly signal?: AbortSignal
}
