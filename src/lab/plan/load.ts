// What a rate of images does to an arrangement: replicas of each tier, how long an image waits for others, and what
// cannot be had. Pure. docs/plan.md has the formulas with their sources.
import { goesOver, type Leg } from './legs.ts'
import type { Demand, PlanFacts, PlanOptions, Setting } from './plan.ts'
import { reachOf, type Step } from './steps.ts'
import { momentsOf, queueWaitMs, roundTripWaitMs, type Work } from './waits.ts'

interface Loaded {
  /** Of each tier, without a device that only asks. */
  readonly replicas: readonly number[]
  /** Waits; Infinity where more comes than can be done. */
  readonly steps: readonly Step[]
  readonly problems: readonly string[]
}

/** Rounding must not cost a replica. */
const tolerance = 1e-9

export function loadOf(
  legs: readonly Leg[],
  { left }: Pick<Setting, 'left'>,
  facts: PlanFacts,
  options: PlanOptions,
  demand: Demand,
): Loaded {
  const steps: Step[] = []
  const problems: string[] = []
  const replicas: number[] = []
  const reach = (stage: number) => reachOf(stage, left, facts)
  let askers = demand.devices
  for (const leg of legs) {
    const { place, from, to, asked } = leg
    const perMs = (demand.rate / 1000) * reach(from)
    if (asked !== undefined) {
      const waitMs = 2 * roundTripWaitMs(perMs / askers, 2 * asked.path.delayMs)
      steps.push({ where: asked.hop, part: 'queue', ms: waitMs, minStage: from })
    }
    const works = worksOf(leg, left, facts, options)
    const wanted = (perMs * momentsOf(works).mean) / demand.utilisation
    const isDevice = place === options.places[0]
    const servers = isDevice ? demand.devices : Math.max(1, Math.ceil(wanted - tolerance))
    if (isDevice && wanted > demand.devices + tolerance) {
      problems.push(`${place.name}: ${Math.ceil(wanted)} devices are needed for its own work`)
    } else if (!isDevice && servers > demand.maxReplicas) {
      problems.push(`${place.name}: ${servers} replicas are needed`)
    }
    if (to > from) replicas.push(servers)
    const ms = queueWaitMs(perMs / servers, works)
    steps.push({ where: place.name, part: 'queue', ms, minStage: from })
    askers = servers
  }
  const links = linkWaitsOf(legs, reach, options, demand)
  return {
    replicas,
    steps: [...steps, ...links.steps],
    problems: [...problems, ...links.problems],
  }
}

/** What one process does for an image, by where that leaves. */
function worksOf(
  { place, from, to, decodeMs, encodeMs }: Leg,
  left: readonly number[],
  { exits, stages }: PlanFacts,
  { costs, measuredCores }: PlanOptions,
): readonly Work[] {
  const perCore = measuredCores / (place.speed * place.cores)
  return exits.flatMap(({ stage }, e): readonly Work[] => {
    if (stage < from) return []
    const compute = stages
      .slice(from, Math.min(stage + 1, to))
      .reduce((sum, { batchedMs }) => sum + batchedMs * perCore, 0)
    const own = costs.serveMs + decodeMs + (stage >= to ? encodeMs : 0)
    return [{ share: left[e] ?? 0, ms: own / place.speed + compute }]
  })
}

/** Requests in front of each link; the first one is each device's own. */
function linkWaitsOf(
  legs: readonly Leg[],
  reach: (stage: number) => number,
  { links: { links }, places, costs: { overheadBytes } }: PlanOptions,
  { rate, devices, utilisation }: Demand,
): Pick<Loaded, 'steps' | 'problems'> {
  const steps: Step[] = []
  const problems: string[] = []
  for (const link of links) {
    const over = legs.filter(
      ({ asked }) => asked !== undefined && goesOver(asked.path, link, places),
    )
    const works = over.map(({ from, asked }) => ({
      share: reach(from),
      ms: (((asked?.bytes ?? 0) + overheadBytes) * 8 * 1000) / link.upBitsPerSecond,
    }))
    const images = works.reduce((sum, { share }) => sum + share, 0)
    const perMs = ((rate / 1000) * images) / (link.from === places[0]?.name ? devices : 1)
    const busy = perMs * momentsOf(works).mean
    if (busy > utilisation + tolerance) {
      problems.push(`${link.from}-${link.to}: the link would be ${(busy * 100).toFixed(0)} % busy`)
    }
    const ms = queueWaitMs(perMs, works)
    for (const { asked, from } of over) {
      steps.push({ where: asked?.hop ?? '', part: 'queue', ms, minStage: from })
    }
  }
  return { steps, problems }
}
