// Confidences and rightness of many samples at every exit, as columns: what the search for thresholds runs
// over, so that 50,000 samples at eight exits take seconds.
import { leaves } from '../../domain/leaves.ts'
import type { CascadeSample } from './cascade-sample.ts'

export interface ExitColumns {
  readonly samples: number
  readonly exits: number
  /** [exit][sample]; NaN where the exit's values are none. */
  readonly confidence: readonly Float64Array[]
  /** [exit][sample], 0 or 1. */
  readonly isRight: readonly Uint8Array[]
  /** [exit]: samples by falling confidence, those without one left out. Not for the last exit. */
  readonly order: readonly Uint32Array[]
  /** Samples that the last exit gets right. */
  readonly lastRight: number
}

/** What became of the samples under some thresholds; counts. */
export interface Tally {
  readonly samples: number
  /** Right at the last exit, wherever they leave. */
  readonly lastRight: number
  /** Right where they leave. */
  right: number
  /** Wrong where they leave, though the last exit is right. */
  harmed: number
  /** Of those that leave at each exit: so wrong, and right though the last exit is wrong. */
  readonly harmedAt: Float64Array
  readonly gainedAt: Float64Array
  /** Samples that leave at each exit. */
  readonly left: Float64Array
}

/** Columns from columns; `order` is made here. */
export function createColumns(
  confidence: readonly Float64Array[],
  isRight: readonly Uint8Array[],
): ExitColumns {
  const exits = confidence.length
  return {
    samples: confidence[0]?.length ?? 0,
    exits,
    confidence,
    isRight,
    order: confidence.slice(0, Math.max(0, exits - 1)).map(byFallingConfidence),
    lastRight: (isRight.at(-1) ?? new Uint8Array()).reduce((sum, right) => sum + right, 0),
  }
}

/** The columns of samples; all need as many exits as the first. */
export function toColumns(samples: readonly CascadeSample[]): ExitColumns {
  const exits = samples[0]?.confidences.length ?? 0
  const each = Array.from({ length: exits }, (_, exit) => exit)
  return createColumns(
    each.map((exit) => Float64Array.from(samples, (s) => s.confidences[exit] ?? Number.NaN)),
    each.map((exit) => Uint8Array.from(samples, (s) => Number(s.isRight[exit] === true))),
  )
}

/** The rows at these places, in their order. */
export function pickRows(table: ExitColumns, rows: readonly number[]): ExitColumns {
  return createColumns(
    table.confidence.map((column) => Float64Array.from(rows, (row) => column[row] as number)),
    table.isRight.map((column) => Uint8Array.from(rows, (row) => column[row] as number)),
  )
}

/** Right where they left though the last exit is wrong. */
export function gainedOf({ right, lastRight, harmed }: Tally): number {
  return right - lastRight + harmed
}

/**
 * Each sample leaves at the first exit whose threshold it reaches, else at the last. One of which the last exit gives
 * no numbers counts as wrong there; serving answers it by the deepest exit that gives some.
 */
export function tallyOf(table: ExitColumns, thresholds: readonly number[]): Tally {
  const tally = emptyTally(table)
  const end = table.exits - 1
  for (let s = 0; s < table.samples; s++) {
    let exit = 0
    while (exit < end && !leavesAt(table, exit, s, thresholds)) exit++
    addTo(tally, table, s, exit, 1)
  }
  return tally
}

export function emptyTally({ samples, exits, lastRight }: ExitColumns): Tally {
  const zeros = () => new Float64Array(exits)
  const counts = { left: zeros(), harmedAt: zeros(), gainedAt: zeros() }
  return { samples, lastRight, right: 0, harmed: 0, ...counts }
}

/** Counts sample `s` as leaving at `exit`, or takes it off again with `by` -1. */
export function addTo(tally: Tally, table: ExitColumns, s: number, exit: number, by: 1 | -1): void {
  tally.left[exit] = (tally.left[exit] as number) + by
  const isLastRight = table.isRight[table.exits - 1]?.[s] === 1
  if (table.isRight[exit]?.[s] === 1) {
    tally.right += by
    if (!isLastRight) tally.gainedAt[exit] = (tally.gainedAt[exit] as number) + by
  } else if (isLastRight) {
    tally.harmed += by
    tally.harmedAt[exit] = (tally.harmedAt[exit] as number) + by
  }
}

/** The rule of domain/exit.ts by columns: whether sample `s`, were it to reach `exit`, leaves there. */
export function leavesAt(
  table: ExitColumns,
  exit: number,
  s: number,
  thresholds: readonly number[],
): boolean {
  return leaves(table.confidence[exit]?.[s] as number, thresholds[exit] as number)
}

function byFallingConfidence(column: Float64Array): Uint32Array {
  const numbers: number[] = []
  for (const [s, confidence] of column.entries()) if (!Number.isNaN(confidence)) numbers.push(s)
  return Uint32Array.from(numbers).sort(
    (a, b) => (column[b] as number) - (column[a] as number) || a - b,
  )
}
