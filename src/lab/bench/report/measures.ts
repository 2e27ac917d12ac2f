// What is read off the rows of one contestant at one load: medians over its rounds, sums and shares. Pure.
import type { BenchRow } from '../result.ts'
import { heldRateOf } from './groups.ts'
import { describeRatio, medianOf, shortNumber, sumOf } from './numbers.ts'
import { byWay } from './order.ts'

/** CPU of all processes, the broker's too, milliseconds an image; NaN where it could not be read. */
export const cpuOf = ({ cpuMs }: BenchRow): number => sumOf(Object.values(cpuMs))

/** The broker's CPU, milliseconds an image; NaN where there is none. */
export const brokerCpuOf = ({ cpuMs }: BenchRow): number => cpuMs['broker'] ?? Number.NaN

/** Bytes of all requests, an image; NaN where nobody counted. */
export const bytesOf = ({ bytes }: BenchRow): number => sumOf(Object.values(bytes))

/** The median over rounds of one measure. */
export function over(
  rows: readonly BenchRow[],
  measure: (row: BenchRow) => number | undefined,
): number {
  return medianOf(rows.map(measure))
}

/** The median over rounds of each entry of a record: CPU by process, bytes by who sends. */
export function overEach(
  rows: readonly BenchRow[],
  record: (row: BenchRow) => Readonly<Record<string, number>>,
): ReadonlyMap<string, number> {
  const names = new Set(rows.flatMap((row) => Object.keys(record(row))))
  return new Map(
    [...names].toSorted(byWay).map((name) => [name, over(rows, (row) => record(row)[name])]),
  )
}

/** Images of all rounds by where they left. */
export function exitCounts(rows: readonly BenchRow[]): ReadonlyMap<string, number> {
  return countsOf(rows.map(({ exits }) => exits))
}

/** Images of all rounds without an answer, by reason: a median would hide the one round that failed. */
export function failureCounts(rows: readonly BenchRow[]): ReadonlyMap<string, number> {
  return countsOf(rows.map(({ failures }) => failures))
}

/** What MLPerf judges a scenario by (arXiv 1911.02549, table II), in words; '' for concurrency, which is not its. */
export function judgedBy(rows: readonly BenchRow[]): string {
  const at = (name: string, measure: (row: BenchRow) => number) =>
    `${name} ${shortNumber(over(rows, measure))} ms`
  switch (rows[0]?.scenario) {
    case 'single-stream':
      return at('p90', ({ latency }) => latency.p90)
    case 'multi-stream':
      return at('p99', ({ latency }) => latency.p99)
    case 'server': {
      const rate = over(rows, heldRateOf)
      return rate > 0 ? `${shortNumber(rate)} /s held` : 'no rate held'
    }
    case 'offline':
      return `${shortNumber(over(rows, ({ imagesPerSecond }) => imagesPerSecond))} /s`
    case 'concurrency':
    case undefined:
      return ''
  }
}

/**
 * The median over rounds of each round's own ratio, never a ratio of medians: what slows a machine down for a
 * while slows both. NaN where no round has both.
 */
export function pairedRatio(
  own: readonly BenchRow[],
  others: readonly BenchRow[],
  measure: (row: BenchRow) => number | undefined,
): number {
  const ratios = own.flatMap((row) => {
    const other = others.find(({ round }) => round === row.round)
    const [above, below] = [measure(row), other && measure(other)]
    return above === undefined || below === undefined || !(below > 0) ? [] : [above / below]
  })
  return medianOf(ratios)
}

/** '1.28 x' of two contestants' rows. */
export function describePair(...pair: Parameters<typeof pairedRatio>): string {
  return describeRatio(pairedRatio(...pair))
}

function countsOf(
  records: readonly Readonly<Record<string, number>>[],
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const record of records) {
    for (const [name, count] of Object.entries(record)) {
      counts.set(name, (counts.get(name) ?? 0) + count)
    }
  }
  return new Map([...counts].toSorted(([a], [b]) => byWay(a, b)))
}
