// The best of all candidates. Without a goal: least mean latency, as Neurosurgeon. With one: the most accurate that
// reaches it, as Edgent. Exhaustive: three submodels at four places are some thousand arrangements. Pure.
import { arrangementsOf } from './arrangements.ts'
import type { Candidate, PlanFacts, PlanOptions, Setting } from './plan.ts'
import type { LatencyGoal } from './latency-goal.ts'
import { predict, prepare, type Prepared } from './predict.ts'

export interface Plan {
  /** Undefined where none can be had at this rate, or none reaches the goal. */
  readonly chosen: Candidate | undefined
  /** The best of each split and form of image, best first: `chosen` first where there is one. */
  readonly best: readonly Candidate[]
  /** Without the limit on accuracy: the one of least loss that reaches the goal; where there is no `chosen`. */
  readonly lossier: Candidate | undefined
  /** How many were looked at. */
  readonly count: number
}

/** Losses that differ by less are the same. */
const tolerance = 1e-9

/** Every candidate within the accuracy asked for, in a fixed order. */
export function* candidatesOf(
  facts: PlanFacts,
  options: PlanOptions,
  isAllowed: (setting: Setting) => boolean = ({ loss }) => loss <= options.maxLoss + tolerance,
): Generator<Candidate> {
  for (const arranged of arrangementsOf(facts, options)) {
    let prepared: Prepared | undefined
    for (const setting of arranged.group.settings) {
      if (!isAllowed(setting)) continue
      prepared ??= prepare(arranged, facts, options)
      yield predict(prepared, setting, facts, options)
    }
  }
}

export function choosePlan(facts: PlanFacts, options: PlanOptions): Plan {
  const isBetter = orderOf(options.goal)
  const bySplit = new Map<string, Candidate>()
  let count = 0
  for (const candidate of candidatesOf(facts, options)) {
    count++
    const key = splitKey(candidate)
    const held = bySplit.get(key)
    if (held === undefined || isBetter(candidate, held) < 0) bySplit.set(key, candidate)
  }
  const best = [...bySplit.values()].sort(isBetter)
  const first = best[0]
  const chosen = first !== undefined && isReached(first, options.goal) ? first : undefined
  return {
    chosen,
    best,
    lossier: chosen === undefined ? lossierOf(facts, options) : undefined,
    count,
  }
}

/** Whether it can be had, within the goal. */
export function isReached(candidate: Candidate, goal: LatencyGoal | undefined): boolean {
  if (candidate.problems.length > 0) return false
  return goal === undefined || figureOf(candidate, goal) <= goal.ms
}

export function figureOf({ meanMs, p95Ms }: Candidate, { figure }: LatencyGoal): number {
  return figure === 'mean' ? meanMs : p95Ms
}

/**
 * Below 0 where the first is better: one that reaches the goal before one that does not; among these the more
 * accurate, then of fewer replicas; among those, and without a goal, the faster one. Then fewer bytes.
 */
function orderOf(goal: LatencyGoal | undefined): (a: Candidate, b: Candidate) => number {
  const latency = (one: Candidate) => (goal === undefined ? one.meanMs : figureOf(one, goal))
  const replicas = (one: Candidate) => one.replicas.reduce((sum, n) => sum + n, 0)
  const bytes = (one: Candidate) => one.linkBytes.reduce((sum, n) => sum + n, 0)
  return (a, b) => {
    const [rankA, rankB] = [rankOf(a, goal), rankOf(b, goal)]
    if (rankA !== rankB) return rankA - rankB
    const worth = [
      b.setting.accuracy - a.setting.accuracy,
      replicas(a) - replicas(b),
      differenceOf(latency(a), latency(b)),
    ]
    const isByAccuracy = goal !== undefined && rankA === 0
    const ordered = isByAccuracy ? worth : worth.toReversed()
    const last = [differenceOf(a.meanMs, b.meanMs), bytes(a) - bytes(b)]
    return [...ordered, ...last].find((difference) => difference !== 0) ?? 0
  }
}

/** What can be had within the goal before what can be had, and that before what cannot. */
function rankOf(candidate: Candidate, goal: LatencyGoal | undefined): number {
  if (isReached(candidate, goal)) return 0
  return candidate.problems.length === 0 ? 1 : 2
}

/** Infinity is equal to itself. */
function differenceOf(a: number, b: number): number {
  return a === b ? 0 : a - b
}

/** Split, and the form of the image: what a table has a row of. */
function splitKey({ arrangement: { tiers, image } }: Candidate): string {
  return [image?.name, ...tiers.map(({ place, from, to }) => `${place.name}${from}-${to}`)].join()
}

function lossierOf(facts: PlanFacts, options: PlanOptions): Candidate | undefined {
  let best: Candidate | undefined
  for (const candidate of candidatesOf(facts, options, () => true)) {
    if (!isReached(candidate, options.goal)) continue
    if (best === undefined || candidate.setting.loss < best.setting.loss) best = candidate
  }
  return best
}
