// What an arrangement and thresholds come to: latency over images, bytes over links, replicas. Pure.
import type { Arranged } from './arrangements.ts'
import { goesOver, legsOf, type Leg } from './legs.ts'
import { loadOf } from './load.ts'
import type { Candidate, PlanFacts, PlanOptions, Setting } from './plan.ts'
import { exitMsOf, partsOf, reachOf, stepsOf, type Step } from './steps.ts'

/** What all settings of one arrangement share. */
export interface Prepared {
  readonly arranged: Arranged
  readonly legs: readonly Leg[]
  readonly steps: readonly Step[]
}

export function prepare(arranged: Arranged, facts: PlanFacts, options: PlanOptions): Prepared {
  const legs = legsOf(arranged.arrangement, facts, options)
  return { arranged, legs, steps: stepsOf(legs, facts, options) }
}

export function predict(
  { arranged, legs, steps }: Prepared,
  setting: Setting,
  facts: PlanFacts,
  options: PlanOptions,
): Candidate {
  const loaded = options.demand && loadOf(legs, setting, facts, options, options.demand)
  const all = loaded === undefined ? steps : [...steps, ...loaded.steps]
  const exitMs = exitMsOf(all, facts)
  const { left } = setting
  return {
    arrangement: arranged.arrangement,
    form: arranged.group.form,
    setting,
    replicas: loaded?.replicas ?? arranged.arrangement.tiers.map(() => 1),
    exitMs,
    meanMs: meanOf(left, exitMs),
    p95Ms: percentileOf(left, exitMs, 0.95),
    parts: partsOf(all, left, facts),
    linkBytes: linkBytesOf(legs, left, facts, options),
    problems: loaded?.problems ?? [],
  }
}

/** Over images, by their exits' times; an exit where none leaves has no part in it. */
function meanOf(left: readonly number[], exitMs: readonly number[]): number {
  return left.reduce((sum, share, e) => (share === 0 ? sum : sum + share * (exitMs[e] ?? 0)), 0)
}

/** The least time within which this share of the images is answered (nearest rank). */
export function percentileOf(
  left: readonly number[],
  exitMs: readonly number[],
  share: number,
): number {
  const fastest = left
    .map((count, e) => ({ count, ms: exitMs[e] ?? Number.NaN }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => a.ms - b.ms)
  let answered = 0
  for (const { count, ms } of fastest) {
    answered += count
    // Shares are sums of fractions.
    if (answered >= share - 1e-9) return ms
  }
  return Number.NaN
}

function linkBytesOf(
  legs: readonly Leg[],
  left: readonly number[],
  facts: PlanFacts,
  { links: { links }, places }: PlanOptions,
): readonly number[] {
  return links.map((link) =>
    legs.reduce(
      (sum, { asked, from }) =>
        asked !== undefined && goesOver(asked.path, link, places)
          ? sum + asked.bytes * reachOf(from, left, facts)
          : sum,
      0,
    ),
  )
}
