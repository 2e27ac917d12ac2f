// The rows of a bench by load and contestant, as every table and chart takes them. Pure.
import type { BenchResult, BenchRow } from '../result.ts'
import { scenarios } from '../../../domain/lab-words.ts'
import type { Scenario } from '../load/load.ts'

/** One load and who ran it. */
export interface LoadGroup {
  /** 'single-stream', '64 in flight', 'server'. Unique in a result. */
  readonly label: string
  readonly scenario: Scenario
  /** Of concurrency. */
  readonly inFlight: number | undefined
  /**
   * By contestant, in the order of the result: its rows, one a round. Of server, that of the highest rate that
   * held its latency bound, or of the lowest that was tried where none did.
   */
  readonly runs: ReadonlyMap<string, readonly BenchRow[]>
}

/** Every load of the result, MLPerf's scenarios first, then numbers in flight upwards. */
export function loadGroups({ rows, contestants }: BenchResult): readonly LoadGroup[] {
  const byLabel = groupBy(rows, labelOf)
  const groups = [...byLabel].map(([label, all]): LoadGroup => {
    const { scenario, inFlight } = all[0] as BenchRow
    const runs = contestants.flatMap(({ name }) => {
      const own = all.filter(({ contestant }) => contestant === name)
      const taken = scenario === 'server' ? highestHeld(own) : own
      return taken.length === 0 ? [] : [[name, byRound(taken)] as const]
    })
    return { label, scenario, inFlight, runs: new Map(runs) }
  })
  const placeOf = ({ scenario, inFlight = 0 }: LoadGroup) =>
    scenarios.indexOf(scenario) * 1e6 + inFlight
  return groups.filter(({ runs }) => runs.size > 0).toSorted((a, b) => placeOf(a) - placeOf(b))
}

/** Arrivals a second that the row held within its bound; 0 where it did not. */
export function heldRateOf({ isHeld, rate = Number.NaN }: BenchRow): number {
  return isHeld === true ? rate : 0
}

function labelOf({ scenario, inFlight }: BenchRow): string {
  return scenario === 'concurrency' ? `${inFlight ?? '?'} in flight` : scenario
}

function highestHeld(rows: readonly BenchRow[]): readonly BenchRow[] {
  return [...groupBy(rows, ({ round }) => round).values()].map((own) => {
    const upwards = own.toSorted((a, b) => (a.rate ?? 0) - (b.rate ?? 0))
    return upwards.findLast(({ isHeld }) => isHeld === true) ?? (upwards[0] as BenchRow)
  })
}

function byRound(rows: readonly BenchRow[]): readonly BenchRow[] {
  return rows.toSorted((a, b) => a.round - b.round)
}

/** Map.groupBy is not in Node 20. */
function groupBy<K>(
  rows: readonly BenchRow[],
  keyOf: (row: BenchRow) => K,
): ReadonlyMap<K, readonly BenchRow[]> {
  const groups = new Map<K, BenchRow[]>()
  for (const row of rows) {
    const key = keyOf(row)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  return groups
}
