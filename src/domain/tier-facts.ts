// What is known of tiers before any sample: how good their exits are on all samples, and what it costs to get there.
import type { ConfidenceName } from './confidence.ts'

export interface ExitFacts {
  /** Place among all exits of the family, from 0. */
  readonly index: number
  /** On held-out samples, each of which was asked, 0 to 1; undefined where no manifest says it. */
  readonly accuracy: number | undefined
  /** Of one sample, in this tier's submodels up to this exit; undefined where a manifest is silent. */
  readonly multiplyAdds: number | undefined
  /** Least confidence that leaves here, and what is compared with it; undefined of a release before. */
  readonly threshold?: number | undefined
  readonly criterion?: ConfidenceName | undefined
  /** True for the family's last exit, where it is known. */
  readonly isLast?: boolean | undefined
}

export interface TierFacts {
  /** As its replies name it. */
  readonly tier: string
  /** In order. */
  readonly exits: readonly ExitFacts[]
  /** Of the features of one sample as they travel on, unpacked: a pack makes them smaller. Undefined at the end. */
  readonly offloadBytes: number | undefined
}

/** The tiers that a run asks, nearest first. */
export interface ChainFacts {
  readonly tiers: readonly TierFacts[]
  /** Of an image as the first tier takes it, one byte a value. */
  readonly imageBytes: number
}
