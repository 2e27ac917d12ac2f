// What samples that did not choose prove of the cascade's risk, and how many would prove more. Pure.
import { samplesNeeded, upperBound } from '../../domain/binomial.ts'
import {
  boundOfLoss,
  groupsOf,
  samplesToProve,
  type GroupCount,
  type LossGroup,
  type LossKind,
} from './exit-risks.ts'
import { gainedOf, type Tally } from './exit-columns.ts'
import { isProven, lossKindOf, type Goal } from './goal.ts'

/** Of those that left, wrong where the last exit is right. */
interface GroupBound {
  readonly left: number
  readonly harmed: number
  /** 0 to 1. */
  readonly bound: number
}

/** What an early exit is worth to those that leave there. */
interface ExitBound {
  /** Place among the exits that were measured. */
  readonly exit: number
  /** Of all that have left by this exit, the earlier ones among them. */
  readonly leftBy: GroupBound
  /** Of those that left just here. */
  readonly leftAt: GroupBound
}

/** What was seen, and what it proves. */
export interface RiskFigures {
  readonly confidence: number
  readonly samples: number
  readonly harmed: number
  /** Right where the last exit is wrong. */
  readonly gained: number
  readonly observed: number
  /** The risk is at most this, at the confidence (Clopper-Pearson). */
  readonly bound: number
  /** Harmed less gained: the accuracy lost to the last exit, and what it is at most at the confidence (paired-loss.ts). */
  readonly net: { readonly observed: number; readonly bound: number }
  /**
   * Of each early exit at which some left. These bounds hold all at once: `claims` of them, each at
   * 1 - (1 - confidence) / claims (Bonferroni).
   */
  readonly exits: readonly ExitBound[]
  readonly claims: number
}

/** What is proved of the risk: the share of samples that the cascade gets wrong where the last exit is right. */
export interface RiskBound extends RiskFigures {
  /**
   * `clopper-pearson`: of samples that chose nothing. `fixed-sequence`: they chose the step, and the bound is the limit that
   * it was tested for. `cross-fitting`: of all samples, each under thresholds that the others chose.
   */
  readonly by: 'clopper-pearson' | 'fixed-sequence' | 'cross-fitting'
  /** Of cross-fitting: how many folds, and the bound that holds whatever the folds have in common. */
  readonly folds?: { readonly count: number; readonly strictBound: number } | undefined
  /** What the goal was proved of; the bound of the other one is an estimate where these samples chose the step. */
  readonly of: LossKind
  /** Whether the bounds of the exits are proved, or these samples chose the step that they are of. */
  readonly areExitsProved: boolean
  /** What the goal asked for, with the samples that prove it without an error, and at the observed rate. */
  readonly limit: number | undefined
  readonly samplesWithoutErrors: number | undefined
  readonly samplesAsObserved: number | undefined
}

/** Counts of a cascade: of all, and of each group of those that leave early. */
export interface RiskCounts {
  readonly samples: number
  readonly harmed: number
  readonly gained: number
  readonly groups: Readonly<Record<Exclude<LossGroup, 'all'>, readonly GroupCount[]>>
}

export function riskCounts(tally: Tally, thresholds: readonly number[], never: number): RiskCounts {
  const of = (group: LossGroup) => groupsOf(tally, thresholds, never, group)
  return {
    samples: tally.samples,
    harmed: tally.harmed,
    gained: gainedOf(tally),
    groups: { 'left-by': of('left-by'), 'left-at': of('left-at') },
  }
}

/** As one group. */
export function allOf({ harmed, gained, samples }: RiskCounts) {
  return { harmed, gained, of: samples }
}

/** The counts must be of samples that did not choose. */
export function riskFigures(counts: RiskCounts, confidence: number): RiskFigures {
  const { samples, harmed, gained, groups } = counts
  const left = groups['left-at'].filter(({ of }) => of > 0)
  // By the first of these exits the same ones have left as at it.
  const claims = Math.max(0, 2 * left.length - 1)
  const each = 1 - (1 - confidence) / Math.max(1, claims)
  const boundOfGroup = ({ harmed: wrong, of }: GroupCount): GroupBound => ({
    ...{ left: of, harmed: wrong },
    bound: upperBound(wrong, of, each),
  })
  return {
    ...{ confidence, samples, harmed, gained },
    observed: harmed / samples,
    bound: upperBound(harmed, samples, confidence),
    net: {
      observed: (harmed - gained) / samples,
      bound: boundOfLoss(allOf(counts), confidence, 'net'),
    },
    exits: left.flatMap((at): ExitBound[] => {
      const by = groups['left-by'].find(({ exit }) => exit === at.exit)
      if (at.exit === undefined || by === undefined) return []
      return [{ exit: at.exit, leftBy: boundOfGroup(by), leftAt: boundOfGroup(at) }]
    }),
    claims,
  }
}

/** The bound that a cascade reaches for a goal. */
export function boundOf(
  counts: RiskCounts,
  goal: Goal,
  confidence: number,
  folds?: RiskBound['folds'],
): RiskBound {
  const figures = riskFigures(counts, confidence)
  const limit = goal.kind === 'loss' ? goal.maxLoss : undefined
  const isProof = isProven(goal)
  const kind = lossKindOf(goal)
  return {
    ...(isProof ? withLimit(figures, goal.maxLoss, goal.among ?? 'all', kind) : figures),
    of: kind,
    by: folds !== undefined ? 'cross-fitting' : isProof ? 'fixed-sequence' : 'clopper-pearson',
    folds,
    areExitsProved: !isProof || goal.among === 'left-at',
    limit,
    samplesWithoutErrors: limit === undefined ? undefined : samplesToProve(limit, confidence, kind),
    samplesAsObserved:
      limit === undefined || kind === 'net'
        ? undefined
        : samplesNeeded(limit, confidence, figures.observed),
  }
}

/**
 * A step that these samples accepted is proved at its limit; a bound of its own counts, below the limit, would be of the
 * step that happened to look best.
 */
function withLimit(
  figures: RiskFigures,
  limit: number,
  among: LossGroup,
  kind: LossKind,
): RiskFigures {
  const net = { ...figures.net, bound: limit }
  if (kind === 'net') return { ...figures, net }
  const at = (one: GroupBound, isProved: boolean) => (isProved ? { ...one, bound: limit } : one)
  return {
    ...figures,
    bound: limit,
    // No more is lost than is harmed.
    net,
    exits: figures.exits.map((exit) => ({
      ...exit,
      leftBy: at(exit.leftBy, among !== 'all'),
      leftAt: at(exit.leftAt, among === 'left-at'),
    })),
  }
}
