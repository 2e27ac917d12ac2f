// How much accuracy one of two classifiers may lose to the other on the same samples: an exact test of non-inferiority in
// matched pairs, and the bound that it gives. Pure.
import { binomialCdf, samplesNeeded, upperBound } from './binomial.ts'
import { leastCount } from './least-count.ts'
import { logBinomial } from './log-factorial.ts'

/** Of `of` samples: right by the reference alone, and by the other alone. */
export interface PairedCount {
  readonly harmed: number
  readonly gained: number
  readonly of: number
}

/**
 * Chance that the nuisance is outside of the interval where it is sought; part of the p-value (Berger and Boos 1994), so a
 * small part of what the confidence leaves.
 */
function missedAt(confidence: number): number {
  return Math.min(0.001, (1 - confidence) / 50)
}

/**
 * P-value of "the accuracy lost, P(harmed) - P(gained), is `limit` or more", 0 < limit < 1. The statistic is the score test's
 * with the rates most likely under that (Tango 1998; Nam 1997); its distribution is the trinomial itself, and of all
 * rates that may stand behind it, the least favourable counts (Lloyd and Moldovan 2008). So it is never less than a p-value
 * must be, whatever `confidence` it is to be held against, which is fixed beforehand. 1 for no samples.
 */
export function pairedLossPValue(count: PairedCount, limit: number, confidence: number): number {
  const { gained, of } = count
  const missed = missedAt(confidence)
  if (of === 0 || limit <= 0) return 1
  if (limit >= 1) return 0
  const most = (1 - limit) / 2
  const low = Math.min(most, 1 - upperBound(of - gained, of, 1 - missed / 2))
  const high = Math.min(most, upperBound(gained, of, 1 - missed / 2))
  const region = extremeRegion(count, limit, high)
  const chance = (rate: number) => chanceOf(region, of, rate, limit)
  return Math.min(1, largest(chance, low, high) + missed)
}

/** The least limit that `pairedLossPValue` grants at this confidence; 1 where none below is. */
export function pairedLossBound(count: PairedCount, confidence: number): number {
  const { harmed, gained, of } = count
  if (of === 0) return 1
  const isGranted = (limit: number) => pairedLossPValue(count, limit, confidence) <= 1 - confidence
  let low = Math.max(0, (harmed - gained) / of)
  let step = (2 * Math.sqrt(harmed + gained) + 3) / of
  // Out to where it is granted, by the deviation of the count; then halves.
  while (low + step < 1 && !isGranted(low + step)) {
    low += step
    step *= 2
  }
  let high = Math.min(1, low + step)
  while (high - low > 1e-6) {
    const middle = (low + high) / 2
    if (isGranted(middle)) high = middle
    else low = middle
  }
  return high
}

/**
 * Samples of which `pairedLossPValue` grants the limit at this confidence where the two never differ; a few more than for
 * one error rate. Infinity for a limit of 0.
 */
export function pairsNeeded(limit: number, confidence: number): number {
  if (limit >= 1) return 1
  if (limit <= 0) return Infinity
  const isGranted = (of: number) =>
    pairedLossPValue({ harmed: 0, gained: 0, of }, limit, confidence) <= 1 - confidence
  return leastCount(samplesNeeded(limit, confidence, 0), isGranted)
}

/** (harmed - gained - n limit) over its standard deviation at the likeliest rates under a loss of the limit. */
function score({ harmed, gained, of }: PairedCount, limit: number): number {
  const b = harmed + gained + (harmed - gained - 2 * of) * limit
  const root = Math.sqrt(b * b + 8 * of * gained * limit * (1 - limit))
  const rate = Math.max(0, (b + root) / (4 * of))
  return (harmed - gained - of * limit) / Math.sqrt(of * (2 * rate + limit * (1 - limit)))
}

/** For each number gained, the most harmed at which the score is no larger than the one seen; -1 for none. */
function extremeRegion(count: PairedCount, limit: number, highRate: number): readonly number[] {
  const seen = score(count, limit) + 1e-9
  const { of } = count
  const spread = Math.sqrt(of * highRate) + 1
  const most = Math.min(of, Math.ceil(of * highRate + 8 * spread + 8))
  const region: number[] = []
  let harmed = -1
  for (let gained = 0; gained <= most; gained++) {
    // The score grows with harmed and falls with gained.
    while (harmed + 1 + gained <= of && score({ harmed: harmed + 1, gained, of }, limit) <= seen) {
      harmed++
    }
    region.push(Math.min(harmed, of - gained))
  }
  return region
}

/** Of the region, where `rate` are gained and `rate + limit` harmed. */
function chanceOf(region: readonly number[], of: number, rate: number, limit: number): number {
  const harmedOfRest = Math.min(1, (rate + limit) / (1 - rate))
  let sum = 0
  for (const [gained, harmed] of region.entries()) {
    const log = rate === 0 ? (gained === 0 ? 0 : -Infinity) : logBinomial(gained, of, rate)
    if (log < -40 || harmed < 0) continue
    sum += Math.exp(log) * binomialCdf(harmed, of - gained, harmedOfRest)
  }
  return sum
}

/** Of a smooth function: on a grid, then on a finer one about its highest place. */
function largest(f: (x: number) => number, low: number, high: number): number {
  const places = 24
  let [from, to] = [low, high]
  let best = 0
  for (let round = 0; round < 2; round++) {
    const step = (to - from) / places
    let at = from
    for (let i = 0; i <= places; i++) {
      const x = from + i * step
      const value = f(x)
      if (value > best) [best, at] = [value, x]
    }
    ;[from, to] = [Math.max(low, at - step), Math.min(high, at + step)]
  }
  return best
}
