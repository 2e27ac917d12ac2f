// Which criterion an exit is to leave by: the one that best tells its right answers from its wrong ones, by the samples
// that choose alone (arXiv 2508.21495: choosing exits is failure prediction). Pure.
import { confidenceNames, isBounded, type ConfidenceName } from '../../domain/confidence.ts'
import { meanOf } from '../../domain/mean.ts'
import { aurcParts, type FailureTable } from './failure-prediction.ts'

/** What the samples that chose say of an exit's criteria. */
export interface CriterionRanking {
  /** Of the least area among those that lie in [0, 1]: `raw` is judged, yet never chosen, for its numbers have no scale. */
  readonly best: ConfidenceName
  /** Area under the risk-coverage curve of each, on samples that did not fit it. */
  readonly aurc: Readonly<Record<ConfidenceName, number>>
  /** How much lower the best's area is than softmax's, and the standard error of that difference over samples. */
  readonly gain: number
  readonly gainError: number
}

/**
 * Ranks the criteria of one exit. `tableOf` gives each on the same samples; that of a criterion that was fitted to the
 * samples must be by fits that did not see them.
 */
export function rankCriteria(tableOf: (name: ConfidenceName) => FailureTable): CriterionRanking {
  const parts = confidenceNames.map((name) => aurcParts(tableOf(name)))
  const areas = parts.map(meanOf)
  const [plain = new Float64Array()] = parts
  // The first of equals: they are named from the simplest on.
  const place = confidenceNames.reduce(
    (best, name, i) => (isBounded(name) && (areas[i] ?? 0) < (areas[best] ?? 0) ? i : best),
    0,
  )
  const differences = plain.map((part, i) => part - (parts[place]?.[i] as number))
  const gain = meanOf(differences)
  const spread = differences.reduce((sum, value) => sum + (value - gain) ** 2, 0)
  const gainError = Math.sqrt(spread) / Math.max(1, differences.length)
  return {
    best: confidenceNames[place] ?? 'softmax',
    aurc: Object.fromEntries(
      confidenceNames.map((name, i) => [name, areas[i] as number]),
    ) as Record<ConfidenceName, number>,
    gain,
    gainError,
  }
}
