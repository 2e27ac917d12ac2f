// The goals as a table: what a set of runs reached of them.
import type { ReportTable } from '../../../report/page/page.ts'
import type { GoalData } from './goal.ts'
import { goals } from './goals.ts'

/** A row a goal. */
export function goalTable(data: GoalData): ReportTable {
  const rows = goals.map(({ name, goal, how, reach }) => {
    const reached = reach(data)
    if (reached === undefined) return [name, goal, 'not in this run', '', how]
    const note = reached.note === undefined ? '' : `, ${reached.note}`
    return [name, goal, `${reached.text}${note}`, reached.isMet ? 'met' : 'missed', how]
  })
  return { header: ['Goal', 'Is to be', 'Reached', '', 'Computed as'], rows }
}

/** Whether any goal can be told: a user's own bench may have none. */
export function hasGoals(data: GoalData): boolean {
  return goals.some(({ reach }) => reach(data) !== undefined)
}
