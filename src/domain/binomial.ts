// Exact binomial tails and the Clopper-Pearson bound: what k errors among n samples prove. Pure.
import { leastCount } from './least-count.ts'
import { logBinomial } from './log-factorial.ts'

/** P(X <= errors) for X ~ Binomial(samples, rate), exactly, by summing the shorter tail. */
export function binomialCdf(errors: number, samples: number, rate: number): number {
  if (errors < 0) return 0
  if (errors >= samples || rate <= 0) return 1
  if (rate >= 1) return 0
  // Terms shrink away from the mean, so each tail is summed from its side nearer to it.
  if (errors <= samples * rate) return tail(errors, samples, rate)
  return 1 - tail(samples - errors - 1, samples, 1 - rate)
}

/** P(X <= k) where k is not above the mean: the largest term, then each next one by its ratio. */
function tail(k: number, n: number, p: number): number {
  const logTerm = logBinomial(k, n, p)
  let ratio = 1
  let sum = 1
  for (let i = k; i > 0 && ratio > 1e-18 * sum; i--) {
    ratio *= (i * (1 - p)) / ((n - i + 1) * p)
    sum += ratio
  }
  return Math.min(1, Math.exp(logTerm) * sum)
}

/**
 * The least rate that `errors` of `samples` rule out at this confidence (Clopper and Pearson 1934, one-sided):
 * whatever the true rate, it is above this bound in at most 1 - confidence of all samples. 1 for none.
 */
export function upperBound(errors: number, samples: number, confidence: number): number {
  if (samples === 0 || errors >= samples) return 1
  const miss = 1 - confidence
  if (errors === 0) return 1 - miss ** (1 / samples)
  let low = errors / samples
  let high = 1
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (binomialCdf(errors, samples, middle) > miss) low = middle
    else high = middle
  }
  return high
}

/**
 * Samples that prove a rate of at most `limit` at this confidence, were errors seen at `rate`; Infinity where
 * the rate is not below the limit. At rate 0: log(1 - confidence) / log(1 - limit).
 */
export function samplesNeeded(limit: number, confidence: number, rate: number): number {
  if (limit >= 1) return 1
  if (rate >= limit || limit <= 0) return Infinity
  const proves = (n: number) => binomialCdf(Math.ceil(rate * n), n, limit) <= 1 - confidence
  const leastOf = Math.ceil(Math.log(1 - confidence) / Math.log1p(-limit))
  return rate === 0 ? leastOf : leastCount(leastOf, proves)
}
