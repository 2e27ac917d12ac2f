// How sure an exit is, by name. All functions are pure and take one sample's exit values.

export const confidenceNames = ['softmax', 'raw'] as const
export type ConfidenceName = (typeof confidenceNames)[number]

/** What an exit's numbers are: `logits` before the softmax, or `probabilities` after it. */
export type ExitGives = 'logits' | 'probabilities'

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

/** Class probabilities of one sample, whatever the exit gives. */
export function probabilitiesOf(
  values: ArrayLike<number>,
  gives: ExitGives,
  temperature: number,
): Float64Array {
  if (gives === 'logits') return softmax(values, temperature)
  // Probabilities are logits up to a constant once the logarithm is taken, so a temperature applies.
  if (temperature === 1) return Float64Array.from(values)
  return softmax(
    Float64Array.from(values, (p) => Math.log(Math.max(p, 1e-12))),
    temperature,
  )
}

/**
 * Confidence of one sample at one exit: `softmax` = the largest probability, in [0, 1]; `raw` = the
 * largest value as it is, which is what the original compares with 0.8 (any real number for logits).
 */
export function confidenceOf(
  values: ArrayLike<number>,
  name: ConfidenceName,
  gives: ExitGives = 'logits',
  temperature = 1,
): number {
  const given = name === 'raw' ? values : probabilitiesOf(values, gives, temperature)
  const best = argmax(given)
  return best === -1 ? Number.NaN : (given[best] as number)
}
