// The seam of the live page: a process tells of every sample that it answered, and of what it serves. While nobody watches
// it costs a few counts a sample.
import type { ImagePicture } from './picture.ts'
import type { CalibrationTable } from '../../domain/calibration-table.ts'
import type { Reply, ReplyProblem } from '../../domain/reply.ts'
import type { ExitFacts } from '../../domain/tier-facts.ts'
import type { TurnedThresholds } from '../../domain/turned-thresholds.ts'

export interface SeenSample {
  /** Correlation id, or the file of a run. */
  readonly id: string
  /** Undefined where none came. */
  readonly reply: Reply | undefined
  /** Why there is no answer. */
  readonly problem?: ReplyProblem | undefined
  /** As its asker waited, milliseconds; undefined for one that was never asked. */
  readonly totalMs: number | undefined
  /** Index of the true class, where it is known. */
  readonly label?: number | undefined
  /** Asked for at once, of a few samples and only while somebody watches. */
  readonly picture?: ImagePicture | undefined
}

/** A tier as this process knows it by itself. */
export interface OwnTier {
  readonly name: string
  readonly family: string | undefined
  readonly exits: readonly ExitFacts[]
}

/** What a process shows of itself; its functions are asked about four times a second while somebody watches. */
export interface WatchSource {
  readonly labels: () => readonly string[] | undefined
  /** What of the chain is in this process, nearest first. */
  readonly own: () => readonly OwnTier[]
  readonly calibration: () => CalibrationTable | undefined
  /**
   * Asks the tiers in front, or the nearest of them what its exits said of the calibration's images. Undefined where
   * there is none that can be asked.
   */
  readonly ask?: ((budgetMs: number, scope: 'chain' | 'calibration') => Promise<Reply>) | undefined
  /** Whether there are tiers in front, known or not. */
  readonly hasFront: boolean
  /** Whether requests to the front can carry thresholds. */
  readonly canTurnFront: boolean
  /** Samples of a run with an end. */
  readonly expected?: number | undefined
}

export interface Watch {
  /** Thresholds as somebody turned them; to be read anew for each request. */
  readonly turned: TurnedThresholds
  /** False where there is no page: then what is told goes nowhere. */
  readonly isOpen: boolean
  /** An image is under way until the returned function is called. Where the meter counts them it is not needed. */
  begin(): () => void
  seen(sample: SeenSample): void
  /** Called once, when it is known what is served. */
  show(source: WatchSource): void
}
