// The exit decision: the heart of BranchyNet (Teerapittayanon et al., ICPR 2016), one function. Of one sample
// here; of columns of many in lab/evaluation/exit-columns.ts.
import { argmax, confidenceOf, type ConfidenceName, type ExitGives } from './confidence.ts'
import { isEveryFinite } from './finite.ts'
import { leaves } from './leaves.ts'
import type { ExitResult } from './reply.ts'

/** How one exit decides. Resolved once at start from flags, manifest and defaults. */
export interface ExitRule {
  /** Place among all exits of the family, from 0. */
  readonly exit: number
  /** True for the family's last exit; undefined where no manifest tells. */
  readonly isLast?: boolean | undefined
  readonly confidence: ConfidenceName
  readonly gives: ExitGives
  readonly temperature: number
  /** Least confidence that leaves here. 0 always leaves; more than 1 never does, but for raw. */
  readonly threshold: number
}

/**
 * What an exit says of one sample's values. Where one of them is NaN or an infinity it says nothing:
 * prediction -1, confidence NaN.
 */
export function judge(values: ArrayLike<number>, rule: ExitRule): ExitResult {
  const isFinite = isEveryFinite(values)
  return {
    exit: rule.exit,
    ...(rule.isLast === undefined ? {} : { isLast: rule.isLast }),
    logits: Array.from(values),
    prediction: isFinite ? argmax(values) : -1,
    confidence: isFinite
      ? confidenceOf(values, rule.confidence, rule.gives, rule.temperature)
      : Number.NaN,
    ...(rule.confidence === 'softmax' ? {} : { criterion: rule.confidence }),
    ...(rule.gives === 'logits' ? {} : { gives: rule.gives }),
    ...(rule.temperature === 1 ? {} : { temperature: rule.temperature }),
  }
}

/** Whether a sample leaves at this exit. */
export function isConfident({ confidence }: ExitResult, { threshold }: ExitRule): boolean {
  return confidence !== undefined && leaves(confidence, threshold)
}
