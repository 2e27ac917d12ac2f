// From "nobody leaves early" to "all that pays leaves early": a path of thresholds along which the risk
// grows, made before the samples that test it are looked at. Pure.
import { leaves } from '../../domain/leaves.ts'
import type { ExitColumns, Tally } from './exit-columns.ts'
import { costOf } from './exit-costs.ts'
import { refine, sampleRows } from './search-thresholds.ts'

/** What a sample harmed weighs, in units of the full network's cost: from far too much to nothing. */
const weights = Array.from({ length: 72 }, (_, i) => 10 ** (4 - i / 12))

/** Steps between two neighbours of the path: small ones waste nothing when they are tested in turn. */
const stepsBetween = 8

const pathRows = 8000

/**
 * Thresholds that have the least mean cost + weight x risk (the share harmed), for ever smaller weights (each
 * found from the last), and steps between them by rank of confidence. The first lets none leave.
 */
export function riskPath(
  table: ExitColumns,
  costs: readonly number[],
  never: number,
  risk: (tally: Tally) => number = ({ harmed, samples }) => harmed / samples,
): readonly (readonly number[])[] {
  const rows = sampleRows(table, pathRows)
  const closed = new Array<number>(Math.max(0, table.exits - 1)).fill(never)
  const path: (readonly number[])[] = [closed]
  let last: readonly number[] = closed
  for (const weight of weights) {
    const found = refine(
      rows,
      (tally) => -costOf(tally, costs) - weight * risk(tally),
      last,
      never,
    ).thresholds
    if (found.every((threshold, exit) => threshold === last[exit])) continue
    path.push(...between(rows, last, found, never))
    last = found
  }
  return path
}

/** Steps from one to the other, the other included. */
function between(
  table: ExitColumns,
  from: readonly number[],
  to: readonly number[],
  never: number,
): readonly (readonly number[])[] {
  return Array.from({ length: stepsBetween }, (_, i) => {
    const part = (i + 1) / stepsBetween
    if (part === 1) return to.map(rounded)
    return to.map((end, exit) => {
      const start = from[exit] as number
      if (start === end) return rounded(start)
      const rank = (1 - part) * rankOf(table, exit, start) + part * rankOf(table, exit, end)
      const s = table.order[exit]?.[Math.round(rank) - 1]
      return s === undefined ? never : rounded(table.confidence[exit]?.[s] as number)
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

/** What is tested is what is written: seven digits tell float32 confidences apart. */
function rounded(threshold: number): number {
  return Number(threshold.toPrecision(7))
}

/** Whether thresholds let nobody leave early, whatever comes. */
export function isClosed(thresholds: readonly number[], never: number): boolean {
  return thresholds.every((threshold) => threshold >= never)
}
