// How sure an exit was of the calibration's images that reach it, in bins: what a threshold cuts. Pure.
import type { CalibrationColumn, CalibrationTable } from '../../domain/calibration-table.ts'
import { isBounded } from '../../domain/confidence.ts'
import { isWord } from '../../domain/threshold-words.ts'
import type { WatchedExit } from '../../domain/watch.ts'
import { thresholdNow } from '../tiers.ts'

export interface Histogram {
  /** Of the first bin and the last one; bins are of one width. */
  readonly low: number
  readonly high: number
  /** Images a bin that reach the exit and that it has right, and wrong. */
  readonly right: readonly number[]
  readonly wrong: readonly number[]
  /** Images in the fullest bin. */
  readonly most: number
}

/** The values that a threshold of this exit can have: [0, 1], or what was seen where they have no bounds. */
export function rangeOf(
  exit: WatchedExit,
  column: CalibrationColumn | undefined,
): readonly [number, number] {
  if (isBounded(exit.criterion)) return [0, 1]
  const seen = (column?.confidence ?? []).filter(Number.isFinite)
  for (const value of [exit.threshold, exit.turned]) {
    if (value !== undefined && !isWord(value)) seen.push(value)
  }
  if (seen.length === 0) return [0, 1]
  const low = seen.reduce((a, b) => Math.min(a, b))
  const high = seen.reduce((a, b) => Math.max(a, b))
  const margin = (high - low || 1) / 20
  return [low - margin, high + margin]
}

/** The column that says something of this exit's threshold: of its place and criterion. */
export function columnOf(
  table: CalibrationTable | undefined,
  exit: WatchedExit,
): CalibrationColumn | undefined {
  return table?.columns.find((one) => one.exit === exit.index && one.criterion === exit.criterion)
}

/** The images that no exit before this one takes, by the thresholds that hold now; one truth an image. */
export function reachedOf(
  { columns, images }: CalibrationTable,
  exits: readonly WatchedExit[],
  index: number,
): readonly boolean[] {
  const before = columns.filter(({ exit }) => exit < index)
  const thresholds = before.map(({ exit, criterion }) => {
    const watched = exits.find((one) => one.index === exit && one.criterion === criterion)
    return watched === undefined ? undefined : thresholdNow(watched)
  })
  return Array.from({ length: images }, (_, image) =>
    before.every(
      ({ confidence }, i) => !((confidence[image] ?? NaN) >= (thresholds[i] ?? Infinity)),
    ),
  )
}

export function histogramOf(
  column: CalibrationColumn,
  [low, high]: readonly [number, number],
  reached: readonly boolean[],
  bins = 40,
): Histogram {
  const right = Array.from({ length: bins }, () => 0)
  const wrong = Array.from({ length: bins }, () => 0)
  column.confidence.forEach((value, image) => {
    if (!Number.isFinite(value) || reached[image] !== true) return
    const place = Math.floor(((value - low) / (high - low)) * bins)
    const bin = Math.min(bins - 1, Math.max(0, place))
    const counts = column.right[image] === 1 ? right : wrong
    counts[bin] = (counts[bin] ?? 0) + 1
  })
  const most = right.reduce((top, one, bin) => Math.max(top, one + (wrong[bin] ?? 0)), 1)
  return { low, high, right, wrong, most }
}
