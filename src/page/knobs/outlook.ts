// What a threshold that is not turned yet would give, on the calibration's images. Pure.
import {
  outlookOf,
  type CalibrationTable,
  type CascadeOutlook,
} from '../../domain/calibration-table.ts'
import type { WatchedExit } from '../../domain/watch.ts'
import { thresholdNow } from '../tiers.ts'

/**
 * With the thresholds that hold now, but for those of `instead`.
 * Undefined where the table knows other exits or another criterion, or an exit before the last says no threshold.
 */
export function cascadeOutlook(
  table: CalibrationTable | undefined,
  exits: readonly WatchedExit[],
  instead: ReadonlyMap<number, number> = new Map(),
): CascadeOutlook | undefined {
  if (table === undefined || table.images === 0 || table.columns.length !== exits.length) {
    return undefined
  }
  const thresholds = table.columns.map(({ exit, criterion }, place) => {
    const watched = exits.find(({ index }) => index === exit)
    if (watched === undefined) return undefined
    if (place === table.columns.length - 1) return watched.isLast ? 0 : undefined
    if (watched.isLast || watched.criterion !== criterion) return undefined
    return instead.get(exit) ?? thresholdNow(watched)
  })
  const known = thresholds.filter((one) => one !== undefined)
  return known.length === thresholds.length ? outlookOf(table, known) : undefined
}

/** The share that leaves at an exit, 0 to 1. */
export function leaveShare(
  table: CalibrationTable,
  outlook: CascadeOutlook,
  exit: number,
): number | undefined {
  return outlook.leave[table.columns.findIndex((column) => column.exit === exit)]
}
