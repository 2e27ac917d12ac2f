// The exit decision: the heart of BranchyNet (Teerapittayanon et al., ICPR 2016), one function. Of one sample
// here; of columns of many in lab/evaluation/exit-columns.ts.
import { argmax, confidenceOf, type ConfidenceName, type ExitGives } from './confidence.ts'
import { recall, type ExitMemory, type SampleMemory } from './exit-memory.ts'
import { isEveryFinite } from './finite.ts'
import { leaves } from './leaves.ts'
import type { Learned } from './learned.ts'
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
  /** Of the criterion `learned`, which cannot do without. */
  readonly learned?: Learned | undefined
  /** How it goes by the exits before it; by its own values alone where undefined. */
  readonly memory?: ExitMemory | undefined
  /** Whether an exit behind it goes by what it says: then that travels with features. */
  readonly isRemembered?: boolean | undefined
}

/** As much of a rule as says what an exit goes by. */
export type ExitVoice = Pick<ExitRule, 'exit' | 'gives' | 'temperature' | 'memory' | 'learned'>

/** What an exit goes by for one sample: its own class values, or the mean with those before it. */
export interface ExitValues {
  readonly values: ArrayLike<number>
  readonly gives: ExitGives
  readonly temperature: number
  /** Whether exits before it are in the values. */
  readonly remembers: boolean
}

/**
 * The one place where an exit's own values become what it goes by; it is kept in `memory` for the exits behind. Its own
 * alone, at its own temperature, where an exit that it goes by said nothing (an older tier, an image that came here at
 * once, values that are not finite), and by `raw`, which is the exit's own number.
 */
export function hear(
  own: ArrayLike<number>,
  rule: ExitVoice & { readonly confidence?: ConfidenceName },
  memory: SampleMemory,
): ExitValues {
  const { exit, gives, temperature } = rule
  memory.keep(exit, own, gives)
  if (rule.memory !== undefined && rule.confidence !== 'raw' && isEveryFinite(own)) {
    const mean = recall(exit, rule.memory, memory)
    if (mean !== undefined) {
      return {
        ...{ values: mean, gives: 'logits', remembers: true },
        temperature: rule.memory.temperature,
      }
    }
  }
  return { values: own, gives, temperature, remembers: false }
}

/**
 * What an exit says of one sample; `memory` holds what those before it said, and is told this. Where one of its values
 * is NaN or an infinity it says nothing: prediction -1, confidence NaN.
 */
export function judge(own: ArrayLike<number>, rule: ExitRule, memory: SampleMemory): ExitResult {
  const { values, gives, temperature, remembers } = hear(own, rule, memory)
  const isFinite = isEveryFinite(values)
  return {
    exit: rule.exit,
    ...(rule.isLast === undefined ? {} : { isLast: rule.isLast }),
    logits: Array.from(values),
    prediction: isFinite ? argmax(values) : -1,
    confidence: isFinite
      ? confidenceOf(values, rule.confidence, gives, temperature, rule.learned)
      : Number.NaN,
    ...(rule.confidence === 'softmax' ? {} : { criterion: rule.confidence }),
    ...(gives === 'logits' ? {} : { gives }),
    ...(temperature === 1 ? {} : { temperature }),
    ...(remembers ? { remembers } : {}),
  }
}

/** Whether a sample leaves at this exit. */
export function isConfident({ confidence }: ExitResult, { threshold }: ExitRule): boolean {
  return confidence !== undefined && leaves(confidence, threshold)
}
