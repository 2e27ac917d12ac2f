// The learned criterion: how likely an exit is right, by a small logistic regression on its logits. Where it has learned
// nothing it is the largest probability itself. Pure; of one sample.

/**
 * P(right) = 1 / (1 + exp(-s)), s = bias + odds x log-odds of the largest probability + margin x log of the largest over
 * the second + entropy x normalised entropy + energy x (log-sum-exp less the mean logit) + classes[predicted]; all of the
 * logits over the temperature. odds 1 and the rest 0 is softmax.
 */
export interface Learned {
  readonly bias: number
  readonly odds: number
  readonly margin: number
  readonly entropy: number
  readonly energy: number
  /** Of each predicted class, in the order of the labels; none where undefined. */
  readonly classes?: readonly number[] | undefined
}

/** What the regression looks at; no unit. */
export interface LearnedFeatures {
  /** Index of the largest logit, the first of equals. */
  readonly predicted: number
  /** log(p / (1 - p)) of the largest probability. */
  readonly odds: number
  /** log(p1 / p2) of the two largest. */
  readonly margin: number
  /** H(p) / log(classes), 0 to 1. */
  readonly entropy: number
  /** How far the largest logits stand out of all: not changed by what is added to every one. */
  readonly energy: number
}

/** Of two logits or more, all finite. */
export function learnedFeatures(logits: ArrayLike<number>, temperature: number): LearnedFeatures {
  const count = logits.length
  const at = (i: number) => (logits[i] as number) / temperature
  let [predicted, first, second, sum] = [-1, -Infinity, -Infinity, 0]
  for (let i = 0; i < count; i++) {
    const x = at(i)
    sum += x
    if (x > first) [predicted, second, first] = [i, first, x]
    else if (x > second) second = x
  }
  // From the second largest on, so that a certain sample does not give the logarithm of 0.
  let rest = 0
  for (let i = 0; i < count; i++) if (i !== predicted) rest += Math.exp(at(i) - second)
  const odds = first - second - Math.log(rest)
  const logSum = first + Math.log1p(Math.exp(-odds))
  let entropy = 0
  for (let i = 0; i < count; i++) {
    const log = at(i) - logSum
    const p = Math.exp(log)
    if (p > 0) entropy -= p * log
  }
  return {
    predicted,
    odds,
    margin: first - second,
    entropy: entropy / Math.log(count),
    energy: logSum - sum / count,
  }
}

/** P(right) of features, 0 to 1. */
function learnedProbability(features: LearnedFeatures, learned: Learned): number {
  const { bias, odds, margin, entropy, energy, classes } = learned
  const score =
    bias +
    odds * features.odds +
    margin * features.margin +
    entropy * features.entropy +
    energy * features.energy +
    (classes?.[features.predicted] ?? 0)
  return 1 / (1 + Math.exp(-score))
}

/** P(right) of one sample, 0 to 1; 1 where there is one class alone. */
export function learnedConfidence(
  logits: ArrayLike<number>,
  temperature: number,
  learned: Learned,
): number {
  if (logits.length < 2) return logits.length === 1 ? 1 : Number.NaN
  return learnedProbability(learnedFeatures(logits, temperature), learned)
}
