// What it costs to leave at each exit: the numbers that thresholds are weighed by. Pure.
import type { FeatureCodec } from '../../domain/feature-codec.ts'
import type { Tally } from './exit-columns.ts'
import { exitTimes, type Link } from './link-profile.ts'
import type { Scores } from './scores.ts'

/** By which numbers exits are weighed, in words for the report. */
export type CostBasis = 'time' | 'multiply-adds' | 'exits'

interface ExitCosts {
  readonly basis: CostBasis
  /** `exitTimes` of the links. */
  readonly exitMs: readonly number[]
  /** One an exit, in order, 0 to 1; the last exit's is 1. */
  readonly costs: readonly number[]
}

/** Among exits of one submodel, which cost the same, the earlier one is preferred by this much. */
const preferEarlier = 1e-3

/**
 * Costs by time where links are given (it is what differs most then), else by the multiply-adds up to the exit's
 * submodel where all manifests name them, else by the exit's place: these two are the same on every machine, measured
 * times are not.
 */
export function exitCosts(scores: Scores, links: readonly Link[], codec?: FeatureCodec): ExitCosts {
  const { exits, stages } = scores
  const exitMs = exitTimes(scores, links, codec)
  if (links.length > 0) return { basis: 'time', costs: normalise(exitMs), exitMs }
  const adds = stages.map((stage) => stage.multiplyAdds)
  if (adds.every((count) => count !== undefined)) {
    const upTo = exits.map(({ stage }) => sum(adds.slice(0, stage + 1)))
    return { basis: 'multiply-adds', costs: normalise(upTo), exitMs }
  }
  return { basis: 'exits', costs: normalise(exits.map((_, i) => i)), exitMs }
}

/** Mean cost of a cascade. */
export function costOf(tally: Tally, costs: readonly number[]): number {
  let total = 0
  for (let exit = 0; exit < costs.length; exit++) {
    total += (tally.left[exit] as number) * (costs[exit] as number)
  }
  return total / tally.samples
}

function normalise(values: readonly number[]): readonly number[] {
  const most = Math.max(...values)
  const last = values.length - 1
  return values.map((value, i) => {
    const place = last === 0 ? 1 : i / last
    return (1 - preferEarlier) * (most > 0 ? value / most : place) + preferEarlier * place
  })
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
