// The best thresholds by any score of what the cascade does. Exact for up to two thresholds on small
// sets; hill climbing, two neighbouring exits at a time, for more. Pure and deterministic.
import { pickRows, tallyOf, type ExitColumns, type Tally } from './exit-columns.ts'
import { forEachThreshold } from './each-threshold.ts'
import { tidyBetween } from './tidy-number.ts'

/** What a tally is worth; higher is better. By shares, not counts: it is asked about parts of the set too. */
export type Score = (tally: Tally) => number

/** Rows of the first, coarse search; the result is refined on all of them. */
const coarseRows = 4000

/** Values tried for the first of two neighbouring thresholds, by the number of exits. */
const gridSize = (exits: number) => (exits <= 3 ? 256 : 24)

const rounds = 10

/**
 * Thresholds of all exits but the last. What one exit lets go the next does not see, so neighbours are moved
 * together: for each of a grid of values of the first, all values of the second. Among equals the
 * higher threshold wins. `never` is what an exit gets that lets none leave. Of `candidates` (a risk path)
 * the best one is a start, beside none leaving.
 */
export function searchThresholds(
  table: ExitColumns,
  score: Score,
  never: number,
  candidates: readonly (readonly number[])[] = [],
): number[] {
  const closed = new Array<number>(Math.max(0, table.exits - 1)).fill(never)
  if (closed.length === 0) return []
  const coarse = sampleRows(table, coarseRows)
  const starts = [...startsOf(coarse, closed, never), ...bestOf(coarse, score, candidates)]
  const found = starts.map((start) => climb(coarse, score, start, never))
  const best = found.reduce((a, b) => (b.value > a.value ? b : a))
  return tidy(table, refine(table, score, best.thresholds, never).thresholds, never)
}

interface Found {
  readonly thresholds: number[]
  readonly value: number
}

/** One exit's threshold after the other, over all its values, until none gets better. */
export function refine(
  table: ExitColumns,
  score: Score,
  start: readonly number[],
  never: number,
): Found {
  let best: Found = { thresholds: [...start], value: score(tallyOf(table, start)) }
  for (let round = 0; round < rounds; round++) {
    const before = best.value
    for (const exit of start.keys()) {
      best = better(best, bestOfExit(table, score, best.thresholds, exit, never))
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
): Found {
  let value = -Infinity
  let threshold = never
  forEachThreshold(table, thresholds, exit, (tally, at) => {
    const reached = score(tally)
    if (reached > value) {
      value = reached
      threshold = at === Infinity ? never : at
    }
  })
  return { thresholds: thresholds.with(exit, threshold), value }
}

/** Strictly, by more than rounding: else a search would walk in circles among equals. */
function better(a: Found, b: Found): Found {
  return b.value > a.value + 1e-12 ? b : a
}

/** None leaving; and for many exits, the same share of each exit's surest. */
function startsOf(
  table: ExitColumns,
  closed: readonly number[],
  never: number,
): readonly (readonly number[])[] {
  if (closed.length < 3) return [closed]
  const shares = [0.2, 0.5, 0.8]
  return [
    closed,
    ...shares.map((share) => closed.map((_, exit) => surest(table, exit, share) ?? never)),
  ]
}

/** The one with the highest score; none of none. */
function bestOf(
  table: ExitColumns,
  score: Score,
  candidates: readonly (readonly number[])[],
): readonly (readonly number[])[] {
  let best: readonly number[] | undefined
  let value = -Infinity
  for (const thresholds of candidates) {
    const reached = score(tallyOf(table, thresholds))
    if (reached > value) [best, value] = [thresholds, reached]
  }
  return best === undefined ? [] : [best]
}

/** The confidence that this share of an exit's samples reach. */
function surest(table: ExitColumns, exit: number, share: number): number | undefined {
  const order = table.order[exit] as Uint32Array
  const s = order[Math.floor(share * (order.length - 1))]
  return s === undefined ? undefined : table.confidence[exit]?.[s]
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
