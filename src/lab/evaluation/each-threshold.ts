// All thresholds of one exit in one pass, the others held: the inner loop of the search. Pure.
import { addTo, emptyTally, leavesAt, type ExitColumns, type Tally } from './exit-columns.ts'

/**
 * Called for every threshold of `exit` that makes a difference, from letting none leave to letting all. The
 * tally is reused: read it, do not keep it. Any threshold in (`below`, `at`] gives this tally; for none
 * leaving `at` is Infinity.
 */
type VisitThreshold = (tally: Tally, at: number, below: number) => void

/** Sweeps one exit's threshold; the others are `thresholds`' own. O(samples x exits). */
export function forEachThreshold(
  table: ExitColumns,
  thresholds: readonly number[],
  exit: number,
  visit: VisitThreshold,
): void {
  const tally = emptyTally(table)
  const next = nextExits(table, thresholds, exit, tally)
  const column = table.confidence[exit] as Float64Array
  const order = table.order[exit] as Uint32Array
  let at = Infinity
  for (const s of order) {
    // Those that left before this exit do not see it.
    const goesOn = next[s] as number
    if (goesOn < exit) continue
    const confidence = column[s] as number
    if (confidence !== at) {
      visit(tally, at, confidence)
      at = confidence
    }
    addTo(tally, table, s, goesOn, -1)
    addTo(tally, table, s, exit, 1)
  }
  visit(tally, at, -Infinity)
}

/** Where each sample leaves if none leaves at `exit`; tallied. */
function nextExits(
  table: ExitColumns,
  thresholds: readonly number[],
  exit: number,
  tally: Tally,
): Uint8Array {
  const next = new Uint8Array(table.samples)
  const end = table.exits - 1
  for (let s = 0; s < table.samples; s++) {
    let to = 0
    while (to < end && (to === exit || !leavesAt(table, to, s, thresholds))) to++
    next[s] = to
    addTo(tally, table, s, to, 1)
  }
  return next
}
