// What each exit is compared by: as asked for, or as its criteria rank by failure prediction. Pure.
import type { ConfidenceName } from '../../domain/confidence.ts'
import { columnsOfScores } from './columns-of-scores.ts'
import {
  columnsByCriterion,
  columnsOfCriteria,
  type CriterionColumns,
} from './criterion-columns.ts'
import type { ExitColumns } from './exit-columns.ts'
import type { ExitFit } from './exit-fit.ts'
import { rankCriteria, type CriterionRanking } from './rank-criteria.ts'
import type { SampleScores, Scores } from './scores.ts'
import { teachExits } from './teach-exits.ts'

export interface ChosenCriteria {
  /** With the weights of the learned criterion for each exit, whether it is compared by it or not. */
  readonly fits: readonly ExitFit[]
  /** One an exit. */
  readonly criteria: readonly ConfidenceName[]
  /** One an exit, whatever was asked for. */
  readonly rankings: readonly CriterionRanking[]
  /** The samples by every criterion. */
  readonly tables: CriterionColumns
}

/**
 * Chooses by these samples alone. The last of several exits decides nothing and is told of by the criterion of the one
 * before.
 * @param fits by these samples
 */
export function chooseCriteria(
  samples: readonly SampleScores[],
  scores: Scores,
  fits: readonly ExitFit[],
  wanted: ConfidenceName | 'best',
): ChosenCriteria {
  const taught = teachExits(samples, scores.exits, fits)
  const known = taught.map(({ fit }) => fit)
  const tables = columnsByCriterion(samples, scores, known)
  const rankings = taught.map(({ outOfFold }, exit) => {
    const of = (name: ConfidenceName) => ({
      confidence: name === 'learned' ? outOfFold : (tables[name].confidence[exit] ?? []),
      isRight: tables[name].isRight[exit] ?? [],
    })
    return rankCriteria(of)
  })
  const last = rankings.length - 1
  const criteria = rankings.map((_, exit) => {
    if (wanted !== 'best') return wanted
    return rankings[exit === last && last > 0 ? exit - 1 : exit]?.best ?? 'softmax'
  })
  return { fits: known, criteria, rankings, tables }
}

/** The one that all exits have, or 'mixed'. */
export function nameOfCriteria(criteria: readonly ConfidenceName[]): ConfidenceName | 'mixed' {
  const [first = 'softmax'] = criteria
  return criteria.every((name) => name === first) ? first : 'mixed'
}

/** The same without what nobody looks at: a criterion that is asked for and not learned needs no fit and no ranking. */
export function chosenColumns(
  samples: readonly SampleScores[],
  scores: Scores,
  fits: readonly ExitFit[],
  wanted: ConfidenceName | 'best',
): Pick<ChosenCriteria, 'fits' | 'criteria'> & { readonly columns: ExitColumns } {
  if (wanted === 'best' || wanted === 'learned') {
    const { tables, ...chosen } = chooseCriteria(samples, scores, fits, wanted)
    return { ...chosen, columns: columnsOfCriteria(tables, chosen.criteria) }
  }
  const criteria = scores.exits.map(() => wanted)
  return { fits, criteria, columns: columnsOfScores(samples, scores.exits, fits, criteria) }
}
