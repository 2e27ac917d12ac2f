// What a plan was predicted to come to beside what it came to: mean, p95, each tier's leavers, and each part. Pure.
import { meanOf } from '../../../domain/mean.ts'
import { percentile } from '../../../report/percentile.ts'
import type { Candidate, PlanFacts } from '../../plan/plan.ts'
import { percentileOf } from '../../plan/predict.ts'
import type { Part } from '../contestant.ts'
import type { LiveRun, LiveRuns } from './live.ts'

export interface Compared {
  /** 'mean', 'p95', 'left at edge', or of a part: 'edge compute'. */
  readonly name: string
  readonly predictedMs: number
  readonly measuredMs: number
}

export interface PlanCheck {
  /** What a hop cost without links meanwhile, and the load of the machine. */
  readonly hopMs: number
  readonly load: number
  readonly samples: number
  readonly figures: readonly Compared[]
  /** Means over all images. */
  readonly parts: readonly Compared[]
  readonly predictedShares: Readonly<Record<string, number>>
  readonly measuredShares: Readonly<Record<string, number>>
  readonly predictedAccuracy: number
  readonly measuredAccuracy: number
}

/** Differences up to this share need no explanation. */
export const wantedWithin = 0.15

export function comparePlan(
  candidate: Candidate,
  facts: PlanFacts,
  { linked: run, hopMs, load }: LiveRuns,
): PlanCheck {
  const times = run.answered.map(({ answeredMs, scheduledMs }) => answeredMs - scheduledMs)
  const sorted = times.toSorted((a, b) => a - b)
  const left = tierLeavers(candidate, facts)
  const accuracies = run.rows.flatMap(({ accuracy }) => accuracy ?? [])
  return {
    hopMs,
    load,
    samples: times.length,
    figures: [
      { name: 'mean', predictedMs: candidate.meanMs, measuredMs: meanOf(times) },
      {
        name: 'median',
        predictedMs: percentileOf(candidate.setting.left, candidate.exitMs, 0.5),
        measuredMs: percentile(sorted, 50),
      },
      { name: 'p95', predictedMs: candidate.p95Ms, measuredMs: percentile(sorted, 95) },
      ...left.map(({ tier, meanMs }) => ({
        name: `left at ${tier}`,
        predictedMs: meanMs,
        measuredMs: meanOf(times.filter((_, i) => run.answered[i]?.exit === tier)),
      })),
    ],
    parts: partsBeside(candidate, run),
    predictedShares: Object.fromEntries(left.map(({ tier, share }) => [tier, share])),
    measuredShares: Object.fromEntries(
      left.map(({ tier }) => [
        tier,
        run.answered.filter(({ exit }) => exit === tier).length / times.length,
      ]),
    ),
    predictedAccuracy: candidate.setting.accuracy,
    measuredAccuracy: meanOf(accuracies),
  }
}

/** How far a measured time is from the predicted one: 0.1 is ten per cent more. NaN where there is none. */
export function differenceOf({ predictedMs, measuredMs }: Compared): number {
  return measuredMs / predictedMs - 1
}

function tierLeavers({ arrangement, setting, exitMs }: Candidate, { exits }: PlanFacts) {
  return arrangement.tiers.map(({ place, from, to }) => {
    let share = 0
    let total = 0
    for (const [e, { stage }] of exits.entries()) {
      if (stage < from || stage >= to) continue
      const own = setting.left[e] ?? 0
      share += own
      total += own * (exitMs[e] ?? 0)
    }
    return { tier: place.name, share, meanMs: total / share }
  })
}

/** Parts as a bench tells them: links are in the hop, and so is what a tier does beside its stages. */
function partsBeside({ parts }: Candidate, { rows }: LiveRun): readonly Compared[] {
  const predicted = new Map<string, number>()
  const asker = parts[0]?.where ?? ''
  for (const { where, part, ms } of parts) {
    const kind = part === 'link' ? 'hop' : where === asker ? 'decode' : part
    add(predicted, `${where} ${kind}`, ms)
  }
  const measured = new Map<string, number>()
  const all = rows.flatMap((row) => row.parts)
  const hopTo = (tier: string) => all.find(({ where }) => where.split('-')[1] === tier)?.where
  for (const { where, part, ms } of all) {
    const name = part === 'other' ? `${hopTo(where) ?? where} hop` : `${where} ${part}`
    add(measured, name, ms / rows.length)
  }
  return [...new Set([...predicted.keys(), ...measured.keys()])]
    .map((name) => ({
      name,
      predictedMs: predicted.get(name) ?? 0,
      measuredMs: measured.get(name) ?? 0,
    }))
    .filter(({ predictedMs, measuredMs }) => predictedMs > 0.05 || measuredMs > 0.05)
}

function add(map: Map<string, number>, name: string, ms: Part['ms']): void {
  map.set(name, (map.get(name) ?? 0) + ms)
}
