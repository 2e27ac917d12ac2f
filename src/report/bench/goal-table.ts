// The goals as a table: what each run of a set reached of them.
import type { BenchResult } from '../../bench/result.ts'
import type { ReportTable } from '../plot/plot.ts'
import { goals } from './goals.ts'

/** A row a goal, from the first result that has its data. */
export function goalTable(results: readonly BenchResult[]): ReportTable {
  const rows = goals.map(({ name, goal, how, reach }) => {
    for (const result of results) {
      const reached = reach(result)
      if (reached === undefined) continue
      const note = reached.note === undefined ? '' : `, ${reached.note}`
      return [name, goal, `${reached.text}${note}`, reached.isMet ? 'met' : 'missed', how]
    }
    return [name, goal, 'not in this run', '', how]
  })
  return { header: ['Goal', 'Is to be', 'Reached', '', 'Computed as'], rows }
}

/** Whether any goal can be told from the results: a user's own bench may have none. */
export function hasGoals(results: readonly BenchResult[]): boolean {
  return goals.some(({ reach }) => results.some((result) => reach(result) !== undefined))
}
