// The answer of a tier, and what a device makes of it. A tier that asked its front nests that
// answer as `next`, so a reply shows the whole way a sample went.
import { probabilitiesOf, type ConfidenceName, type ExitGives } from './confidence.ts'
import { isEveryFinite } from './finite.ts'
import type { TierAbout } from './probe.ts'

/** What one exit said of one sample. */
export interface ExitResult {
  /** Place among all exits of the family, from 0; -1 in replies of originals, which do not say. */
  readonly exit: number
  /** True at the family's last exit, whose values the original's JSON nests one list less deep. */
  readonly isLast?: boolean | undefined
  /**
   * One a class, what the exit goes by: its values, logits, or probabilities where the model ends in a softmax; where it
   * `remembers`, the logits of the mean with the exits before it.
   */
  readonly logits: readonly number[]
  /** Index of the predicted class; -1 for none, which is never an answer. */
  readonly prediction: number
  /** By the tier's criterion; undefined in replies of originals, which do not say. */
  readonly confidence: number | undefined
  /** What `confidence` is; softmax where undefined. */
  readonly criterion?: ConfidenceName | undefined
  /** What `logits` are; logits where undefined. */
  readonly gives?: ExitGives | undefined
  /** Of the softmax; 1 where undefined. */
  readonly temperature?: number | undefined
  /** True where `logits` are a mean with what exits before it said; its own where undefined. */
  readonly remembers?: boolean | undefined
}

export interface ReplyProblem {
  readonly code: string
  readonly message: string
}

/** Which models gave a result, and by which thresholds. */
export interface ModelInfo {
  /** Hash over the manifests of submodels that were trained together; undefined without manifests. */
  readonly family: string | undefined
  readonly version: string | undefined
  /** Hash over the rules of the exits of this tier: 8 hexadecimal digits. */
  readonly thresholds: string
}

export interface Reply {
  /** The `--name` of the tier (the original's `device`). */
  readonly tier: string
  /** Deepest exit this tier computed; undefined with an error, or where an original gave raw input. */
  readonly result: ExitResult | undefined
  /** Time in this tier's own submodels, milliseconds. */
  readonly computeMs: number
  /** Time from receipt to reply in this tier, its front's time included, milliseconds. */
  readonly totalMs: number
  /** True where the tier wanted to offload and answered itself, since the front gave nothing in time. */
  readonly fallback: boolean
  /** Hash of the model's labels; undefined where the model has none. */
  readonly labelsHash: string | undefined
  readonly problem: ReplyProblem | undefined
  /** Of the models that this tier answered with; undefined in replies of originals and of older tiers. */
  readonly model?: ModelInfo | undefined
  /** In the answer to a probe alone. */
  readonly about?: TierAbout | undefined
  /** The reply of the tier in front, where this one offloaded. */
  readonly next: Reply | undefined
}

/** The hops of a reply, this tier first. */
export function hopsOf(reply: Reply): readonly Reply[] {
  const hops: Reply[] = []
  for (let hop: Reply | undefined = reply; hop !== undefined; hop = hop.next) hops.push(hop)
  return hops
}

/** Whether a result can be an answer: a class is predicted, and all class values are finite numbers. */
export function isUsable({ logits, prediction }: ExitResult): boolean {
  return prediction >= 0 && isEveryFinite(logits)
}

/** The hop whose result is the answer: the deepest one with a usable result; undefined where none has. */
export function answerOf(reply: Reply): (Reply & { readonly result: ExitResult }) | undefined {
  for (const hop of hopsOf(reply).toReversed()) {
    if (hop.result !== undefined && isUsable(hop.result)) return { ...hop, result: hop.result }
  }
  return undefined
}

/** Whether any hop answered in place of a front that gave nothing. */
export function isFallback(reply: Reply): boolean {
  return hopsOf(reply).some((hop) => hop.fallback)
}

/** Class probabilities of an exit's values, as the tier itself sees them; they sum to 1. */
export function probabilitiesOfResult(result: ExitResult): Float64Array {
  const { logits, gives = 'logits', temperature = 1 } = result
  return probabilitiesOf(logits, gives, temperature)
}
