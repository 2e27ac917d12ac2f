// Section of a bench's page: where images left, and how often the answers were right.
import type { BenchResult, BenchRow } from '../result.ts'
import { describePercent } from '../../../report/describe.ts'
import type { ReportSection } from '../../../report/page/page.ts'
import { loadGroups } from './groups.ts'
import { exitCounts, over } from './measures.ts'
import { stackedBars } from './stacked-bars.ts'

/** None where no contestant says either. */
export function exitSections(result: BenchResult): readonly ReportSection[] {
  const runs = loadGroups(result).flatMap(({ label, runs }) =>
    [...runs].map(([name, rows]) => ({ name, label, rows, shares: exitShares(rows) })),
  )
  const known = runs.filter(
    ({ rows, shares }) =>
      shares.size > 0 || Number.isFinite(over(rows, ({ accuracy }) => accuracy)),
  )
  if (known.length === 0) return []
  const first = known.filter(({ label, shares }) => label === known[0]?.label && shares.size > 0)
  const chart = stackedBars({
    title: `Where images left: ${known[0]?.label}`,
    yLabel: 'Share of the images (%)',
    bars: new Map(
      first.map(({ name, shares }) => [name, new Map([...shares].map(([at, s]) => [at, s * 100]))]),
    ),
  })
  return [
    {
      title: 'Exits and accuracy',
      table: {
        header: ['Contestant', 'Load', 'Left at', 'Right'],
        rows: known.map(({ name, label, rows, shares }) => [
          name,
          label,
          [...shares].map(([at, share]) => `${at} ${describePercent(share)}`).join(', ') || '-',
          describePercent(over(rows, ({ accuracy }) => accuracy)),
        ]),
      },
      ...(chart === undefined ? {} : { charts: [chart] }),
    },
  ]
}

function exitShares(rows: readonly BenchRow[]): ReadonlyMap<string, number> {
  const counts = exitCounts(rows)
  const all = [...counts.values()].reduce((a, b) => a + b, 0)
  return new Map([...counts].map(([at, count]) => [at, count / all]))
}
