// How long an image waits for others: at a tier, on a link, and for a request to the broker that is under way.
// Pure. docs/plan.md has the formulas with their sources.

/** Service times of one kind of work: its share of the arrivals, and milliseconds. */
export interface Work {
  readonly share: number
  readonly ms: number
}

/** Mean and second moment of service times; shares need not add up to 1. 0 of none. */
export function momentsOf(works: readonly Work[]): {
  readonly mean: number
  readonly square: number
} {
  let total = 0
  let mean = 0
  let square = 0
  for (const { share, ms } of works) {
    total += share
    mean += share * ms
    square += share * ms * ms
  }
  return total === 0 ? { mean: 0, square: 0 } : { mean: mean / total, square: square / total }
}

/**
 * Mean wait in front of one server, milliseconds: Pollaczek and Khinchine's lambda E[S^2] / (2 (1 - rho)) for
 * Poisson arrivals at `perMs`; Infinity where more comes than it can do.
 */
export function queueWaitMs(perMs: number, works: readonly Work[]): number {
  const { mean, square } = momentsOf(works)
  const busy = perMs * mean
  return busy >= 1 ? Infinity : (perMs * square) / (2 * (1 - busy))
}

/**
 * Mean wait for a request that is under way, milliseconds. A Fetch that has answered comes back after a round
 * trip, and a Produce lets the next one go after a round trip: what comes meanwhile waits for it, what comes
 * to an idle one does not. With Poisson arrivals at `perMs` a busy time is a run of round trips r, each followed
 * by another where anything came in it: a = lambda r exp(lambda r) images wait r / 2 for each that does not.
 */
export function roundTripWaitMs(perMs: number, roundTripMs: number): number {
  const x = perMs * roundTripMs
  // Beyond this all wait.
  if (x > 100) return roundTripMs / 2
  const a = x * Math.exp(x)
  return ((roundTripMs / 2) * a) / (1 + a)
}
