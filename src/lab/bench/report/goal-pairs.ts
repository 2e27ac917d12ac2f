// What goals are read off: the runs that they are meant for, and ddnn's rows beside another contestant's.
import type { BenchResult, BenchRow } from '../result.ts'
import type { Reached } from './goal.ts'
import { loadGroups, type LoadGroup } from './groups.ts'
import { pairedRatio } from './measures.ts'
import { describeRatio } from './numbers.ts'

export type Pair = readonly [own: readonly BenchRow[], other: readonly BenchRow[]]

/** The result where it is of every image through all tiers over Kafka on one machine, inputs decoded. */
export function chain(result: BenchResult): BenchResult | undefined {
  const { over: way, inputs, links, exits } = result.setup
  const isThrough = /\b(?:last|cloud)\b/.test(exits)
  return way === 'kafka' && inputs === 'decoded' && links === undefined && isThrough
    ? result
    : undefined
}

export const isSingle = ({ scenario, inFlight }: LoadGroup) =>
  scenario === 'single-stream' || inFlight === 1
export const isFull = ({ inFlight }: LoadGroup) => inFlight === 64

/** Rows of 'ddnn' and another contestant at the first such load that both ran. */
export function pairAt(
  result: BenchResult | undefined,
  isWanted: (group: LoadGroup) => boolean,
  other: string,
): Pair | undefined {
  const groups = result === undefined ? [] : loadGroups(result).filter(isWanted)
  for (const { runs } of groups) {
    const [own, theirs] = [runs.get('ddnn'), runs.get(other)]
    if (own !== undefined && theirs !== undefined) return [own, theirs]
  }
  return undefined
}

export function atMost(
  pair: Pair | undefined,
  measure: (row: BenchRow) => number,
  most: number,
): Reached | undefined {
  const ratio = pair && pairedRatio(...pair, measure)
  if (ratio === undefined || !Number.isFinite(ratio)) return undefined
  return { text: describeRatio(ratio), isMet: ratio <= most }
}
