// From "nobody leaves early" to "all that pays leaves early": a path of thresholds that fall, each of them, from step to
// step. The one search over all exits together: goals pick their thresholds from it. Pure.
import { leaves } from '../../domain/leaves.ts'
import type { ExitColumns, Tally } from './exit-columns.ts'
import { costOf } from './exit-costs.ts'
import { refine, sampleRows } from './search-thresholds.ts'

/** What a sample harmed weighs, in units of the full network's cost: from far too much to nothing. */
const weights = Array.from({ length: 72 }, (_, i) => 10 ** (4 - i / 12))

/** Steps between two neighbours of the path: small ones waste nothing when they are tested in turn. */
const stepsBetween = 8

const pathRows = 8000

export interface PathOptions {
  /** One an exit, 0 to 1 (exit-costs.ts). */
  readonly costs: readonly number[]
  /** A threshold that lets none leave. */
  readonly never: number
  /** The share harmed of all samples where undefined. */
  readonly risk?: ((tally: Tally, thresholds: readonly number[]) => number) | undefined
  /** Whether an exit opens in one step, where a few that leave would prove nothing. */
  readonly opensAtOnce?: boolean | undefined
}

type Thresholds = readonly number[]

/**
 * Thresholds that have the least mean cost + weight x risk for ever smaller weights, each found from the last and at
 * or below it, and steps between them by rank of confidence. The first lets none leave; no threshold ever rises.
 */
export function riskPath(table: ExitColumns, options: PathOptions): readonly Thresholds[] {
  return alignedPath(table, options).filter(
    (thresholds, i, all) => i === 0 || !isSame(thresholds, all[i - 1] as Thresholds),
  )
}

/** The same with as many steps whatever the samples, some of them equal: of two tables step i is of the same weight. */
export function alignedPath(table: ExitColumns, options: PathOptions): readonly Thresholds[] {
  const rows = sampleRows(table, pathRows)
  const closed = new Array<number>(Math.max(0, table.exits - 1)).fill(options.never)
  return [closed, ...descend(rows, closed, options, -Infinity)]
}

/** A path that leads through these thresholds: first none below them, then none above. */
export function pathThrough(
  table: ExitColumns,
  through: Thresholds,
  options: PathOptions,
): readonly Thresholds[] {
  const rows = sampleRows(table, pathRows)
  const closed = through.map(() => options.never)
  const steps = [
    closed,
    ...descend(rows, closed, options, through),
    through,
    ...descend(rows, through, options, -Infinity),
  ]
  return steps.filter((thresholds, i) => i === 0 || !isSame(thresholds, steps[i - 1] as Thresholds))
}

/** From `start` downwards, no lower than `floor`, all steps of all weights. */
function descend(
  rows: ExitColumns,
  start: Thresholds,
  options: PathOptions,
  floor: Thresholds | number,
): readonly Thresholds[] {
  const { costs, never, opensAtOnce = false } = options
  const risk = options.risk ?? (({ harmed, samples }: Tally) => harmed / samples)
  const least = start.map((_, exit) => (typeof floor === 'number' ? floor : (floor[exit] ?? never)))
  const path: Thresholds[] = []
  let last = start
  for (const weight of weights) {
    const score = (tally: Tally, thresholds: Thresholds) =>
      -costOf(tally, costs) - weight * risk(tally, thresholds)
    const found = refine(rows, score, last, never, { least, most: last }).thresholds
    const opens = opensAtOnce && found.some((value, exit) => value < never && last[exit] === never)
    path.push(...(opens ? repeated(found) : between(rows, last, found, never)))
    last = found
  }
  // Rounding must not lead out of the range.
  return path.map((step) =>
    step.map((value, exit) =>
      Math.min(start[exit] as number, Math.max(least[exit] as number, value)),
    ),
  )
}

function repeated(thresholds: Thresholds): readonly Thresholds[] {
  return new Array<Thresholds>(stepsBetween).fill(thresholds.map(rounded))
}

/** Steps from one to the other, the other included. */
function between(
  table: ExitColumns,
  from: Thresholds,
  to: Thresholds,
  never: number,
): readonly Thresholds[] {
  if (isSame(from, to)) return repeated(to)
  return Array.from({ length: stepsBetween }, (_, i) => {
    const part = (i + 1) / stepsBetween
    if (part === 1) return to.map(rounded)
    return to.map((end, exit) => {
      const start = from[exit] as number
      if (start === end) return rounded(start)
      const rank = (1 - part) * rankOf(table, exit, start) + part * rankOf(table, exit, end)
      const s = table.order[exit]?.[Math.round(rank) - 1]
      // What lies between in rank may lie just above in value, where the first of them was made tidy.
      const value = s === undefined ? never : (table.confidence[exit]?.[s] as number)
      return Math.min(rounded(start), rounded(value))
    })
  })
}

/** Samples at or above a threshold, had all reached the exit. */
function rankOf(table: ExitColumns, exit: number, threshold: number): number {
  const column = table.confidence[exit] as Float64Array
  const order = table.order[exit] as Uint32Array
  let low = 0
  let high = order.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (leaves(column[order[middle] as number] as number, threshold)) low = middle + 1
    else high = middle
  }
  return low
}

function isSame(a: Thresholds, b: Thresholds): boolean {
  return a.every((threshold, exit) => threshold === b[exit])
}

/** What is tested is what is written: seven digits tell float32 confidences apart. */
function rounded(threshold: number): number {
  return Number(threshold.toPrecision(7))
}
