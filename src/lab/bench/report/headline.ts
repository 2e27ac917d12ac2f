// The four numbers on top of a bench's page: the first contestant's, who is the one that was asked about.
import type { BenchResult, BenchRow } from '../result.ts'
import { describeBytes, describePercent } from '../../../report/describe.ts'
import type { Headline } from '../../../report/page/document.ts'
import { loadGroups } from './groups.ts'
import { bytesOf, cpuOf, over } from './measures.ts'
import { shortNumber } from './numbers.ts'

/** Under its first load, but for the throughput, which is the best of all its loads. */
export function benchHeadline(result: BenchResult): readonly Headline[] {
  const groups = loadGroups(result)
  const [first] = groups
  const [name, rows] = [...(first?.runs ?? [])][0] ?? []
  if (first === undefined || name === undefined || rows === undefined) return []
  const loads = groups.flatMap(({ label, runs }) => {
    const own = runs.get(name)
    return own === undefined
      ? []
      : [{ label, rate: over(own, ({ imagesPerSecond }) => imagesPerSecond) }]
  })
  const best = loads.reduce((a, b) => (b.rate > a.rate ? b : a))
  const note = `${name}, ${first.label}`
  const all: readonly Headline[] = [
    numberOf('p50 of an image (ms)', rows, ({ latency }) => latency.p50, note),
    { name: 'Images a second', value: shortNumber(best.rate), note: `${name}, ${best.label}` },
    numberOf('CPU of an image (ms)', rows, cpuOf, `all processes, ${note}`),
    lastOf(rows, note),
  ]
  return all
}

function numberOf(
  name: string,
  rows: readonly BenchRow[],
  measure: (row: BenchRow) => number,
  note: string,
): Headline {
  return { name, value: shortNumber(over(rows, measure)), note }
}

/** Who answers images is judged by them too; a floor without a model is not. */
function lastOf(rows: readonly BenchRow[], note: string): Headline {
  const accuracy = over(rows, (row) => row.accuracy)
  if (Number.isFinite(accuracy)) return { name: 'Right', value: describePercent(accuracy), note }
  const bytes = over(rows, bytesOf)
  const value = Number.isFinite(bytes) ? describeBytes(bytes) : '-'
  return { name: 'Bytes of an image', value, note }
}
