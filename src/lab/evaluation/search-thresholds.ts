// The best thresholds by any score of what the cascade does. Exact for up to two thresholds on small
// sets; hill climbing, two neighbouring exits at a time, for more. Pure and deterministic.
import { pickRows, tallyOf, type ExitColumns, type Tally } from './exit-columns.ts'
import { forEachThreshold } from './each-threshold.ts'
import { tidyBetween } from './tidy-number.ts'

/** What a tally is worth; higher is better. By shares, not counts: it is asked about parts of the set too. */
export type Score = (tally: Tally, thresholds: readonly number[]) => number

/** Of each threshold. */
interface Range {
  readonly least: readonly number[]
  readonly most: readonly number[]
}

/** Rows of the first, coarse search; the result is refined on all of them. */
const coarseRows = 4000

/** Values tried for the first of two neighbouring thresholds, by the number of exits. */
const gridSize = (exits: number) => (exits <= 3 ? 256 : 24)

const rounds = 10

/**
 * Thresholds of all exits but the last. What one exit lets go the next does not see, so neighbours are moved
 * together: for each of a grid of values of the first, all values of the second. Among equals the
 * higher threshold wins. `never` is what an exit gets that lets none leave. The search begins at the best of `path`
 * (risk-path.ts), or where none leaves.
 */
export function searchThresholds(
  table: ExitColumns,
  score: Score,
  never: number,
  path: readonly (readonly number[])[] = [],
): number[] {
  const closed = new Array<number>(Math.max(0, table.exits - 1)).fill(never)
  if (closed.length === 0) return []
  const coarse = sampleRows(table, coarseRows)
  const start = bestOf(coarse, score, [closed, ...path])
  const found = climb(coarse, score, start, never)
  return tidy(table, refine(table, score, found.thresholds, never).thresholds, never)
}

interface Found {
  readonly thresholds: number[]
  readonly value: number
}

/** One exit's threshold after the other, over all its values within the range, until none gets better. */
export function refine(
  table: ExitColumns,
  score: Score,
  start: readonly number[],
  never: number,
  range?: Range,
): Found {
  let best: Found = { thresholds: [...start], value: score(tallyOf(table, start), start) }
  for (let round = 0; round < rounds; round++) {
    const before = best.value
    for (const exit of start.keys()) {
      best = better(best, bestOfExit(table, score, best.thresholds, exit, never, range))
    }
    if (best.value <= before) break
  }
  return best
}

/** As `refine`, with moves of two neighbours before each round. */
function climb(table: ExitColumns, score: Score, start: readonly number[], never: number): Found {
  let best = refine(table, score, start, never)
  for (let round = 0; round < rounds; round++) {
    const before = best.value
    for (let exit = 0; exit + 1 < start.length; exit++) {
      for (const value of gridOf(table, exit, gridSize(table.exits), never)) {
        const moved = best.thresholds.with(exit, value)
        best = better(best, bestOfExit(table, score, moved, exit + 1, never))
      }
    }
    if (best.value <= before) break
    best = refine(table, score, best.thresholds, never)
  }
  return best
}

function bestOfExit(
  table: ExitColumns,
  score: Score,
  thresholds: readonly number[],
  exit: number,
  never: number,
  range?: Range,
): Found {
  const least = range?.least[exit] ?? -Infinity
  const most = range?.most[exit] ?? Infinity
  const tried = [...thresholds]
  let value = -Infinity
  let threshold = never
  forEachThreshold(table, thresholds, exit, (tally, at) => {
    const own = at === Infinity ? never : at
    if (own < least || own > most) return
    tried[exit] = own
    const reached = score(tally, tried)
    if (reached > value) {
      value = reached
      threshold = own
    }
  })
  return { thresholds: thresholds.with(exit, threshold), value }
}

/** Strictly, by more than rounding: else a search would walk in circles among equals. */
function better(a: Found, b: Found): Found {
  return b.value > a.value + 1e-12 ? b : a
}

/** The one with the highest score, of equals the first. */
function bestOf(
  table: ExitColumns,
  score: Score,
  path: readonly (readonly number[])[],
): readonly number[] {
  let best: readonly number[] = []
  let value = -Infinity
  for (const thresholds of path) {
    const reached = score(tallyOf(table, thresholds), thresholds)
    if (reached > value) [best, value] = [thresholds, reached]
  }
  return best
}

/** Up to `count` confidences that occur, evenly over the ranks, and `never`. */
function gridOf(table: ExitColumns, exit: number, count: number, never: number): number[] {
  const column = table.confidence[exit] as Float64Array
  const order = table.order[exit] as Uint32Array
  const values = new Set<number>([never])
  let distinct = 0
  for (const [i, s] of order.entries()) {
    if (i === 0 || column[s] !== column[order[i - 1] as number]) distinct++
  }
  const isAll = distinct <= count
  const steps = isAll ? order.length - 1 : count - 1
  for (let i = 0; i <= steps; i++) {
    const s = order[steps === 0 ? 0 : Math.round((i / steps) * (order.length - 1))]
    if (s !== undefined) values.add(column[s] as number)
  }
  return [...values]
}

/** Every k-th row, at most `most`; samples come in no order that matters, or are shuffled before. */
export function sampleRows(table: ExitColumns, most: number): ExitColumns {
  if (table.samples <= most) return table
  const rows = Array.from({ length: most }, (_, i) => Math.floor((i * table.samples) / most))
  return pickRows(table, rows)
}

/** The same decisions on these samples, by numbers of few digits. */
function tidy(table: ExitColumns, thresholds: number[], never: number): number[] {
  let tidied = thresholds
  for (const exit of thresholds.keys()) {
    const current = tidied[exit] as number
    let found = never
    if (current !== never) {
      forEachThreshold(table, tidied, exit, (_tally, at, below) => {
        if (at !== Infinity && below < current && current <= at) found = tidyBetween(below, at)
      })
    }
    tidied = tidied.with(exit, found)
  }
  return tidied
}
