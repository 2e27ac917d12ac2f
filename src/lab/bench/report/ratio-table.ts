// ddnn beside each other contestant, load by load.
import type { BenchResult } from '../result.ts'
import type { ReportTable } from '../../../report/page/page.ts'
import { heldRateOf, loadGroups } from './groups.ts'
import { cpuOf, describePair } from './measures.ts'

export const ratioText =
  "Each is the median over rounds of that round's own ratio, never a ratio of medians. Times and CPU below 1 and images a second above 1 are in favour of ddnn."

/** A row for each other contestant and load that both ran; no rows where ddnn ran alone. */
export function ratioTable(result: BenchResult): ReportTable {
  const own = result.contestants.filter(({ kind }) => kind === 'ddnn')
  const others = result.contestants.filter(({ kind }) => kind !== 'ddnn')
  const rows = loadGroups(result).flatMap(({ label, scenario, runs }) =>
    own.flatMap(({ name }) =>
      others.flatMap((other) => {
        const [ours, theirs] = [runs.get(name), runs.get(other.name)]
        if (ours === undefined || theirs === undefined) return []
        const isServer = scenario === 'server'
        const ratio = (measure: Parameters<typeof describePair>[2]) =>
          describePair(ours, theirs, measure)
        // At two rates neither times nor CPU can be held against each other.
        const atOneRate = (measure: Parameters<typeof describePair>[2]) =>
          isServer ? '-' : ratio(measure)
        return [
          [
            `${name} / ${other.name}`,
            label,
            atOneRate(({ latency }) => latency.mean),
            atOneRate(({ latency }) => latency.p50),
            ratio(isServer ? heldRateOf : ({ imagesPerSecond }) => imagesPerSecond),
            atOneRate(cpuOf),
          ],
        ]
      }),
    ),
  )
  return { header: ['Ratio', 'Load', 'Mean', 'p50', 'Images/s', 'CPU'], rows }
}
