// A plan as tables and sentences. Pure.
import { describeBytes, describePercent } from '../../report/describe.ts'
import type { ReportTable } from '../../report/page/page.ts'
import { figureOf, type Plan } from './choose.ts'
import { describeLatencyGoal } from './latency-goal.ts'
import type { Candidate, PlanFacts, PlanOptions } from './plan.ts'

/** Rows of the table that people see; the JSON has all. */
export const shownRows = 10

/** 'edge: edge; cloud: fog + cloud' */
export function describeSplit(
  { arrangement: { tiers } }: Candidate,
  { stages }: PlanFacts,
): string {
  return tiers
    .map(({ place, from, to }) => {
      const names = stages.slice(from, to).map(({ name }) => name)
      return `${place.name}: ${names.join(' + ')}`
    })
    .join('; ')
}

/** A row a split and form of image, best first. */
export function plansTable(plan: Plan, facts: PlanFacts, options: PlanOptions): ReportTable {
  const hasRate = options.demand !== undefined
  return {
    header: [
      'Split',
      'Image',
      'Features',
      'Thresholds',
      ...(hasRate ? ['Replicas'] : []),
      'Mean',
      'p95',
      'Accuracy',
      ...options.links.links.map(({ from, to }) => `${from}-${to}`),
      ...(hasRate ? ['Problem'] : []),
    ],
    marked: plan.best.flatMap((one, i) => (one === plan.chosen ? [i] : [])),
    rows: plan.best
      .slice(0, shownRows)
      .map((one) => [
        `${one === plan.chosen ? '* ' : ''}${describeSplit(one, facts)}`,
        one.arrangement.image?.name ?? '-',
        one.arrangement.codecs.map(({ codec }) => codec).join(', ') || '-',
        describeThresholds(one),
        ...(hasRate ? [one.replicas.join(', ')] : []),
        describeTime(one.meanMs),
        describeTime(one.p95Ms),
        describePercent(one.setting.accuracy),
        ...one.linkBytes.map(describeBytes),
        ...(hasRate ? [one.problems.join('; ') || '-'] : []),
      ]),
  }
}

/** 'margin 0.47, 0.9'; an exit that lets none leave is '-'. */
function describeThresholds({ setting: { criterion, thresholds } }: Candidate): string {
  if (thresholds.length === 0) return '-'
  const most = criterion === 'raw' ? 1e38 : 1
  return `${criterion} ${thresholds.map((t) => (t > most ? '-' : String(Number(t.toPrecision(3))))).join(', ')}`
}

/** Where an image's time goes: means over all images. */
export function partsTable({ parts, meanMs }: Candidate): ReportTable {
  const rows = parts.filter(({ ms }) => ms > 0)
  return {
    header: ['Where', 'Part', 'Mean', 'Share'],
    rows: rows.map(({ where, part, ms }) => [
      where,
      part,
      describeTime(ms),
      describePercent(ms / meanMs),
    ]),
  }
}

/** Why the chosen one was chosen. */
export function describeChoice({ chosen, count }: Plan, options: PlanOptions): readonly string[] {
  if (chosen === undefined) return []
  const { goal, maxLoss } = options
  const within = `accuracy within ${points(maxLoss)} points of the last exit's`
  const why =
    goal === undefined
      ? `the least mean latency of ${count.toLocaleString('en')} plans, ${within}`
      : `the most accurate of ${count.toLocaleString('en')} plans that reaches ${describeLatencyGoal(goal)}, ${within}; of equals the one of fewest replicas, then the fastest`
  return [`Chosen (*): ${why}.`]
}

/** What would have to change where no plan reaches the goal. */
export function describeMiss({ best, lossier }: Plan, options: PlanOptions): readonly string[] {
  const { goal } = options
  const nearest = best[0]
  if (nearest === undefined) return ['no plan at all: no place holds submodels']
  if (nearest.problems.length > 0) return nearest.problems
  if (goal === undefined) return []
  const most = nearest.parts.toSorted((a, b) => b.ms - a.ms).slice(0, 2)
  return [
    `the nearest has ${goal.figure} ${describeTime(figureOf(nearest, goal))}`,
    ...(lossier === undefined
      ? ['no loss of accuracy would bring it there']
      : [`--max-accuracy-loss ${points(Math.ceil(lossier.setting.loss * 1e4) / 1e4)} would`]),
    `most of its mean are ${most.map(({ where, part, ms }) => `${part} of ${where} (${describeTime(ms)})`).join(' and ')}`,
  ]
}

/** '33.6 ms' */
export function describeTime(ms: number): string {
  return Number.isFinite(ms) ? `${ms.toFixed(1)} ms` : 'without end'
}

function points(share: number): number {
  return Number((share * 100).toFixed(2))
}
