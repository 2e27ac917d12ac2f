// A bench as one table of text cells, a row a contestant and load: for the terminal, the page and Markdown.
import type { BenchResult, BenchRow } from '../result.ts'
import { describeBytes, describePercent } from '../../../report/describe.ts'
import type { ReportTable } from '../../../report/page/page.ts'
import { loadGroups } from './groups.ts'
import {
  brokerCpuOf,
  bytesOf,
  cpuOf,
  exitCounts,
  failureCounts,
  judgedBy,
  over,
} from './measures.ts'
import { shortNumber } from './numbers.ts'

type Column = readonly [name: string, cellOf: (rows: readonly BenchRow[]) => string]

const number =
  (measure: (row: BenchRow) => number) =>
  (rows: readonly BenchRow[]): string =>
    shortNumber(over(rows, measure))

const columns: readonly Column[] = [
  ['Judged by', judgedBy],
  ['Mean ms', number(({ latency }) => latency.mean)],
  ['p50 ms', number(({ latency }) => latency.p50)],
  ['p90 ms', number(({ latency }) => latency.p90)],
  ['p99 ms', number(({ latency }) => latency.p99)],
  ['Images/s', number(({ imagesPerSecond }) => imagesPerSecond)],
  ['CPU ms', number(cpuOf)],
  ['of it broker', number(brokerCpuOf)],
  ['Bytes', (rows) => dashed(over(rows, bytesOf), describeBytes)],
  ['Exits', describeExits],
  ['Right', (rows) => describePercent(over(rows, ({ accuracy }) => accuracy))],
  ['Failed', (rows) => String([...failureCounts(rows).values()].reduce((a, b) => a + b, 0))],
]

/** Medians over rounds; CPU and bytes an image. Columns that nobody has a value for are left out. */
export function resultTable(result: BenchResult): ReportTable {
  const runs = loadGroups(result).flatMap(({ label, runs }) =>
    [...runs].map(([name, rows]) => ({ name, label, rows })),
  )
  const cells = columns.map(([, cellOf]) => runs.map(({ rows }) => cellOf(rows)))
  const kept = columns.flatMap(([name], i) => {
    const own = cells[i] as readonly string[]
    return own.some((cell) => cell !== '' && cell !== '-') ? [[name, own] as const] : []
  })
  return {
    header: ['Contestant', 'Load', ...kept.map(([name]) => name)],
    rows: runs.map(({ name, label }, at) => [name, label, ...kept.map(([, own]) => own[at] ?? '')]),
  }
}

/** 'edge 82, fog 13, cloud 5 %'; '-' of a contestant that does not say. */
function describeExits(rows: readonly BenchRow[]): string {
  const counts = exitCounts(rows)
  const all = [...counts.values()].reduce((a, b) => a + b, 0)
  if (all === 0) return '-'
  const shares = [...counts].map(([name, count]) => `${name} ${Math.round((count / all) * 100)}`)
  return `${shares.join(', ')} %`
}

/** A line for each contestant and load with images that got no answer: how many of how many, and why. */
export function failureLines(result: BenchResult): readonly string[] {
  return loadGroups(result).flatMap(({ label, runs }) =>
    [...runs].flatMap(([name, rows]) => {
      const counts = failureCounts(rows)
      if (counts.size === 0) return []
      const asked = rows.reduce((sum, { samples }) => sum + samples, 0)
      const reasons = [...counts].map(([reason, count]) => `${count} x ${reason}`).join(', ')
      return [`${name}, ${label}: without an answer, of ${asked} images: ${reasons}`]
    }),
  )
}

function dashed(value: number, describe: (value: number) => string): string {
  return Number.isFinite(value) ? describe(value) : '-'
}
