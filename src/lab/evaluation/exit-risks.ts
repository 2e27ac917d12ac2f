// Of whom a loss is a share: of all samples, or of those that left by each early exit, or just there. Pure.
import { binomialCdf, samplesNeeded, upperBound } from '../../domain/binomial.ts'
import type { lossGroups, lossKinds } from '../../domain/lab-words.ts'
import { pairedLossBound, pairedLossPValue, pairsNeeded } from '../../domain/paired-loss.ts'
import { gainedOf, type Tally } from './exit-columns.ts'

/**
 * `all`: of all samples. `left-by`: at every early exit, of those that have left by then, the accuracy gap given the
 * accumulated halting time (Ringel et al. 2024, arXiv 2402.00857). `left-at`: of those that left just there. A limit that
 * holds for `left-at` holds for `left-by`, and one for `left-by` for `all`: each is a mean of the one before it, and of
 * those that the last exit answers none is harmed.
 */
export type LossGroup = (typeof lossGroups)[number]

/**
 * `harmed`: wrong where they left though the last exit is right. `net`: these less the ones that are right though the last
 * exit is wrong, which is the accuracy lost; never more than the harmed.
 */
export type LossKind = (typeof lossKinds)[number]

/** Samples of one group, and how many are wrong where they left though the last exit is right. */
export interface GroupCount {
  /** Place of the exit; undefined for all samples. */
  readonly exit: number | undefined
  readonly harmed: number
  readonly of: number
  /** Right where they left though the last exit is wrong. */
  readonly gained: number
}

/**
 * The groups that a limit is claimed of, in the order of the exits; none where no exit lets any leave: nothing can be
 * harmed then. `never` and above lets none leave.
 */
export function groupsOf(
  tally: Tally,
  thresholds: readonly number[],
  never: number,
  group: LossGroup,
): readonly GroupCount[] {
  const isOpen = thresholds.map((threshold) => threshold < never)
  if (!isOpen.includes(true)) return []
  if (group === 'all') {
    const { harmed, samples: of } = tally
    return [{ exit: undefined, harmed, of, gained: gainedOf(tally) }]
  }
  const groups: GroupCount[] = []
  let by = { harmed: 0, of: 0, gained: 0 }
  for (const [exit, opens] of isOpen.entries()) {
    const at = {
      harmed: tally.harmedAt[exit] as number,
      of: tally.left[exit] as number,
      gained: tally.gainedAt[exit] as number,
    }
    by = { harmed: by.harmed + at.harmed, of: by.of + at.of, gained: by.gained + at.gained }
    // Of an exit that lets none leave nothing is claimed that the one before has not said.
    if (opens) groups.push({ exit, ...(group === 'left-by' ? by : at) })
  }
  return groups
}

/**
 * Exact p-value of "the loss of one of these groups is above the limit". Given how many left, the harmed ones of a group
 * are Binomial, harmed and gained together trinomial (paired-loss.ts); that each of several nulls
 * is rejected needs no correction: the largest p-value is one of their union (Berger 1982). 1 for a group of none, 0 where
 * nothing is claimed. `confidence` is what it is to be held against.
 */
export function pValueOf(
  groups: readonly GroupCount[],
  limit: number,
  confidence: number,
  kind: LossKind,
): number {
  const one = (group: GroupCount) =>
    kind === 'net'
      ? pairedLossPValue(group, limit, confidence)
      : binomialCdf(group.harmed, group.of, limit)
  return Math.max(0, ...groups.map(one))
}

/** The least limit that `pValueOf` would grant at this confidence. */
export function leastLimit(
  groups: readonly GroupCount[],
  confidence: number,
  kind: LossKind,
): number {
  return Math.max(0, ...groups.map((group) => boundOfLoss(group, confidence, kind)))
}

/** What these samples prove of one group: its loss is at most this at the confidence. 1 for a group of none. */
export function boundOfLoss(
  group: Omit<GroupCount, 'exit'>,
  confidence: number,
  kind: LossKind,
): number {
  if (kind === 'net') return pairedLossBound(group, confidence)
  return upperBound(group.harmed, group.of, confidence)
}

/** Samples on which early exits change nothing, that prove the limit at this confidence. */
export function samplesToProve(limit: number, confidence: number, kind: LossKind): number {
  return kind === 'net' ? pairsNeeded(limit, confidence) : samplesNeeded(limit, confidence, 0)
}

/** Accuracy lost in the group that loses most, 0 to 1; below 0 where all gain. Groups of none lose nothing. */
export function lossOf(groups: readonly GroupCount[]): number {
  const losses = groups.flatMap(({ harmed, gained, of }) =>
    of > 0 ? [(harmed - gained) / of] : [],
  )
  return losses.length === 0 ? 0 : Math.max(...losses)
}

/**
 * What a path is ordered by before it is tested: of each group about what testing on `scale` times as many samples would
 * prove (95 %, Wilson and Hilferty's approximation to the bound of a Poisson count), since of few that left nothing can be.
 */
export function provableRisk(groups: readonly GroupCount[], scale: number): number {
  let most = 0
  for (const { harmed, of } of groups) {
    const events = harmed * scale + 1
    const bound = events * (1 - 1 / (9 * events) + 1.645 / (3 * Math.sqrt(events))) ** 3
    most = Math.max(most, Math.min(1, of > 0 ? bound / (of * scale) : 1))
  }
  return most
}
