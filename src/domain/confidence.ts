// How sure an exit is, by name. All functions are pure and take one sample's exit values.
import { learnedConfidence, type Learned } from './learned.ts'

/** The criteria that a sample may leave an exit by; `confidenceOf` says what each is. */
export const confidenceNames = ['softmax', 'entropy', 'margin', 'raw', 'learned'] as const
export type ConfidenceName = (typeof confidenceNames)[number]

/** What an exit's numbers are: `logits` before the softmax, or `probabilities` after it. */
export type ExitGives = 'logits' | 'probabilities'

/** What outputs give, by their place among all and their name in the model's files; undefined where nothing tells. */
export type ExitEnds = (output: {
  readonly index: number
  readonly name: string
  /** Values of one sample. */
  readonly units: number
}) => ExitGives | undefined

/** Whether a criterion's values lie in [0, 1]; `raw` is the exit's own number, of any size. */
export function isBounded(name: ConfidenceName): boolean {
  return name !== 'raw'
}

/** Whether a criterion's values say how often an exit is right, so that they can be held against it. */
export function isProbability(name: ConfidenceName): boolean {
  return name === 'softmax' || name === 'learned'
}

/**
 * Softmax of logits divided by a temperature; sums to 1. The maximum is subtracted first, so large
 * logits do not overflow. A temperature above 1 flattens (Guo et al. 2017, "On Calibration").
 */
export function softmax(logits: ArrayLike<number>, temperature = 1): Float64Array {
  const probabilities = new Float64Array(logits.length)
  let max = -Infinity
  for (let i = 0; i < logits.length; i++) max = Math.max(max, logits[i] as number)
  let sum = 0
  for (let i = 0; i < logits.length; i++) {
    const e = Math.exp(((logits[i] as number) - max) / temperature)
    probabilities[i] = e
    sum += e
  }
  for (let i = 0; i < logits.length; i++) probabilities[i] = (probabilities[i] as number) / sum
  return probabilities
}

/** Index of the largest value, the first of equals; -1 for none. NaN never wins. */
export function argmax(values: ArrayLike<number>): number {
  let best = -1
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    if (Number.isNaN(value)) continue
    if (best === -1 || value > (values[best] as number)) best = i
  }
  return best
}

/** Least probability whose logarithm is taken: float32 softmaxes give zeros. */
export const leastProbability = 1e-12

/**
 * An exit's values as logits: probabilities are logits up to a constant once the logarithm is taken, so
 * that a temperature applies to them too.
 */
export function logitsOf(values: ArrayLike<number>, gives: ExitGives): ArrayLike<number> {
  if (gives === 'logits') return values
  return Float64Array.from(values, (p) => Math.log(Math.max(p, leastProbability)))
}

/** Class probabilities of one sample, whatever the exit gives. */
export function probabilitiesOf(
  values: ArrayLike<number>,
  gives: ExitGives,
  temperature: number,
): Float64Array {
  if (gives === 'probabilities' && temperature === 1) return Float64Array.from(values)
  return softmax(logitsOf(values, gives), temperature)
}

/**
 * Confidence of one sample at one exit; higher is surer. All but `raw` look at the probabilities at the
 * exit's temperature and lie in [0, 1]; NaN where a value is none.
 * - `softmax`: the largest probability.
 * - `entropy`: 1 - H(p) / log(classes), H in nats: 1 is certain, 0 is uniform. DDNN's code compares the
 *   normalised entropy H / log(classes) with a threshold (kunglab/ddnn), BranchyNet's H itself with T:
 *   leaving at H <= T is leaving at a confidence >= 1 - T / log(classes).
 * - `margin`: the largest probability less the second.
 * - `raw`: the largest value as it is, which is what the original compares with 0.8 (any real number for
 *   logits; temperature has no effect).
 * - `learned`: how likely the exit is right, by a regression that calibration fitted to it (learned.ts).
 * @param learned of the exit, for `learned` alone, which is NaN without it: compose/models.ts refuses to start so.
 */
export function confidenceOf(
  values: ArrayLike<number>,
  name: ConfidenceName,
  gives: ExitGives = 'logits',
  temperature = 1,
  learned?: Learned,
): number {
  if (name === 'raw') return largest(values)
  if (name === 'learned') {
    if (learned === undefined) return Number.NaN
    return learnedConfidence(logitsOf(values, gives), temperature, learned)
  }
  const probabilities = probabilitiesOf(values, gives, temperature)
  switch (name) {
    case 'softmax':
      return largest(probabilities)
    case 'entropy':
      return certaintyOf(probabilities)
    case 'margin':
      return marginOf(probabilities)
  }
}

function largest(values: ArrayLike<number>): number {
  const best = argmax(values)
  return best === -1 ? Number.NaN : (values[best] as number)
}

function certaintyOf(probabilities: ArrayLike<number>): number {
  const classes = probabilities.length
  if (classes === 0) return Number.NaN
  if (classes === 1) return 1
  let entropy = 0
  for (let i = 0; i < classes; i++) {
    const p = probabilities[i] as number
    // p log p goes to 0 with p; NaN passes on.
    if (p !== 0) entropy -= p * Math.log(p)
  }
  // Rounding may put a certain or a uniform sample a hair outside.
  return Math.min(1, Math.max(0, 1 - entropy / Math.log(classes)))
}

function marginOf(probabilities: ArrayLike<number>): number {
  let first = -Infinity
  let second = -Infinity
  for (let i = 0; i < probabilities.length; i++) {
    const p = probabilities[i] as number
    if (Number.isNaN(p)) return Number.NaN
    if (p > first) {
      second = first
      first = p
    } else if (p > second) second = p
  }
  if (probabilities.length === 0) return Number.NaN
  return probabilities.length === 1 ? first : first - second
}
