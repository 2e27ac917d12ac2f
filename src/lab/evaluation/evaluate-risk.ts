// What these images prove of the cascade's risk, if they chose nothing of it. Pure.
import type { GroupCount } from './exit-risks.ts'
import { riskFigures, type RiskFigures } from './risk-bound.ts'
import type { Scores } from './scores.ts'
import type { Taken } from './taken-exit.ts'

/** Of the bound. */
const riskConfidence = 0.95

/** Undefined with one exit, or where the network goes on beyond these models: there is no last exit to be held against. */
export function evaluateRisk(
  { exits, samples }: Scores,
  taken: readonly Taken[],
  isWhole: boolean,
): RiskFigures | undefined {
  if (!isWhole || exits.length < 2) return undefined
  const at = exits.map((_, exit) => ({ exit, harmed: 0, of: 0, gained: 0 }))
  for (const [i, { exit, results }] of taken.entries()) {
    const label = samples[i]?.label
    const isRight = results[exit]?.prediction === label
    const isLastRight = results.at(-1)?.prediction === label
    const count = at[exit]
    if (count === undefined) continue
    count.of++
    if (isLastRight && !isRight) count.harmed++
    if (isRight && !isLastRight) count.gained++
  }
  const early = at.slice(0, -1)
  return riskFigures(
    {
      samples: taken.length,
      harmed: sumOf(at).harmed,
      gained: sumOf(at).gained,
      groups: { 'left-at': early, 'left-by': early.map((_, i) => sumOf(early.slice(0, i + 1))) },
    },
    riskConfidence,
  )
}

function sumOf(counts: readonly GroupCount[]): GroupCount {
  const sum = (of: (one: GroupCount) => number) => counts.reduce((total, one) => total + of(one), 0)
  return {
    exit: counts.at(-1)?.exit,
    harmed: sum(({ harmed }) => harmed),
    of: sum(({ of }) => of),
    gained: sum(({ gained }) => gained),
  }
}
