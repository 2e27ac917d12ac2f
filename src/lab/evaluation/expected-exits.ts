// What a calibrated cascade is to be expected to do at each exit, for who watches it serve. Pure.
import type { ExpectedExit } from '../../domain/submodel.ts'
import { leavesAt, type ExitColumns } from './exit-columns.ts'

/** One an exit; undefined where no sample of the table reaches it with a confidence. All leave at the last one. */
export function expectedExits(
  table: ExitColumns,
  thresholds: readonly number[],
): readonly (ExpectedExit | undefined)[] {
  const sums = Array.from({ length: table.exits }, () => ({ reached: 0, left: 0, confidence: 0 }))
  for (let sample = 0; sample < table.samples; sample++) {
    for (const [exit, sum] of sums.entries()) {
      const isLast = exit === table.exits - 1
      const leaves = isLast || leavesAt(table, exit, sample, thresholds)
      const confidence = table.confidence[exit]?.[sample] as number
      if (!Number.isNaN(confidence)) {
        sum.reached += 1
        sum.left += leaves ? 1 : 0
        sum.confidence += confidence
      }
      if (leaves) break
    }
  }
  return sums.map(({ reached, left, confidence }) =>
    reached === 0 ? undefined : { rate: left / reached, confidence: confidence / reached },
  )
}
