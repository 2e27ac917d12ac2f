// How well confidences tell right answers from wrong ones: what an exit lives by (Jaeger et al. 2023; for early exits
// arXiv 2508.21495). Pure.

/** Of samples as columns: confidences, NaN where there is none, and 1 where the answer is right. */
export interface FailureTable {
  readonly confidence: ArrayLike<number>
  readonly isRight: ArrayLike<number>
}

/**
 * Chance that a right sample is surer than a wrong one, equals by half (Mann and Whitney's U over right x wrong, by
 * midranks): .5 is no better than chance; NaN where all are right or all wrong. Samples without a confidence come last.
 */
export function auroc({ confidence, isRight }: FailureTable): number {
  const order = byFallingConfidence(confidence)
  const right = order.reduce((sum, i) => sum + (isRight[i] as number), 0)
  let rankSum = 0
  for (const { start, end } of tiesOf(order, confidence)) {
    // Ranks from the least sure on, from 1.
    const rank = order.length - (start + end - 1) / 2
    for (let at = start; at < end; at++) {
      if (isRight[order[at] as number] === 1) rankSum += rank
    }
  }
  const above = rankSum - (right * (right + 1)) / 2
  return above / (right * (order.length - right))
}

/**
 * Each sample's part in the area under the risk-coverage curve, whose mean over samples it is: of a wrong one the sum of
 * 1/k over all coverages k that hold it, of a right one 0. Equals share the mean of their places. So two criteria can be
 * compared sample by sample (Zhou et al. 2024, arXiv 2410.15361, write the area as such a mean).
 */
export function aurcParts({ confidence, isRight }: FailureTable): Float64Array {
  const order = byFallingConfidence(confidence)
  const tails = new Float64Array(order.length + 1)
  for (let k = order.length; k >= 1; k--) tails[k - 1] = (tails[k] as number) + 1 / k
  const parts = new Float64Array(order.length)
  for (const { start, end } of tiesOf(order, confidence)) {
    let sum = 0
    for (let at = start; at < end; at++) sum += tails[at] as number
    for (let at = start; at < end; at++) {
      const i = order[at] as number
      parts[i] = isRight[i] === 1 ? 0 : sum / (end - start)
    }
  }
  return parts
}

/** The least area that so many wrong ones of so many samples can have: all of them last. 0 where none is wrong. */
export function leastAurc(samples: number, wrong: number): number {
  let area = 0
  for (let k = samples - wrong + 1; k <= samples; k++) area += (k - (samples - wrong)) / k
  return samples === 0 ? Number.NaN : area / samples
}

function byFallingConfidence(confidence: ArrayLike<number>): Uint32Array {
  const order = Uint32Array.from({ length: confidence.length }, (_, i) => i)
  return order.sort((a, b) => keyOf(confidence, b) - keyOf(confidence, a) || a - b)
}

/** Runs of equal confidences, as places in the order: from `start` to before `end`. */
function* tiesOf(order: Uint32Array, confidence: ArrayLike<number>) {
  for (let start = 0; start < order.length;) {
    let end = start + 1
    const key = keyOf(confidence, order[start] as number)
    while (end < order.length && keyOf(confidence, order[end] as number) === key) end++
    yield { start, end }
    start = end
  }
}

/** Lowest of all where there is none; a number, so that two of them differ by 0. */
function keyOf(confidence: ArrayLike<number>, i: number): number {
  const value = confidence[i] as number
  return Number.isNaN(value) ? -Number.MAX_VALUE : value
}
