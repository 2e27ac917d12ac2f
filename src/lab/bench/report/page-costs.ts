// Sections of a bench's page: what an image costs in CPU and in bytes, by process.
import type { BenchResult, BenchRow } from '../result.ts'
import { describeBytes } from '../../../report/describe.ts'
import type { ReportSection } from '../../../report/page/page.ts'
import { loadGroups, type LoadGroup } from './groups.ts'
import { bytesOf, cpuOf, over, overEach } from './measures.ts'
import { shortNumber } from './numbers.ts'
import { stackedBars } from './stacked-bars.ts'

/** CPU of every process, the broker's too. */
export function cpuSections(result: BenchResult): readonly ReportSection[] {
  return costSections(result, {
    title: 'CPU an image',
    text: 'Milliseconds of all threads of each process, medians over rounds; the asking process is the device.',
    record: ({ cpuMs }) => cpuMs,
    whole: cpuOf,
    describe: shortNumber,
    yLabel: 'CPU (ms an image)',
    scale: 1,
    isEveryLoad: true,
  })
}

/** Bytes of requests by who sends them. */
export function byteSections(result: BenchResult): readonly ReportSection[] {
  return costSections(result, {
    title: 'Bytes an image',
    text: 'Mean bytes of requests over all images, by the tier that sends; images that left before send nothing.',
    record: ({ bytes }) => bytes,
    whole: bytesOf,
    describe: describeBytes,
    yLabel: 'Sent (kB an image)',
    scale: 1e-3,
    isEveryLoad: false,
  })
}

interface Cost {
  readonly title: string
  readonly text: string
  readonly record: (row: BenchRow) => Readonly<Record<string, number>>
  readonly whole: (row: BenchRow) => number
  readonly describe: (value: number) => string
  readonly yLabel: string
  /** From the record's unit to the chart's. */
  readonly scale: number
  /** A chart for each load; else for the first, as loads change nothing. */
  readonly isEveryLoad: boolean
}

function costSections(result: BenchResult, cost: Cost): readonly ReportSection[] {
  const { title, text, record, whole, describe, isEveryLoad } = cost
  const groups = loadGroups(result)
  const rows = groups.flatMap(({ label, runs }) =>
    [...runs].flatMap(([name, own]) => {
      const each = overEach(own, record)
      if (each.size === 0) return []
      const parts = [...each].map(([who, value]) => `${who} ${describe(value)}`).join(', ')
      return [[name, label, describe(over(own, whole)), parts]]
    }),
  )
  if (rows.length === 0) return []
  const names = [...new Set(result.rows.flatMap((row) => Object.keys(record(row))))]
  const charts = groups.flatMap((group) => costChart(group, cost, names) ?? [])
  return [
    {
      title,
      text: [text],
      table: { header: ['Contestant', 'Load', 'All', 'Each'], rows },
      charts: isEveryLoad ? charts : charts.slice(0, 1),
    },
  ]
}

function costChart(
  { label, runs }: LoadGroup,
  { title, yLabel, record, scale }: Cost,
  names: readonly string[],
) {
  const bars = [...runs].flatMap(([name, rows]) => {
    const each = [...overEach(rows, record)].map(([who, value]) => [who, value * scale] as const)
    return each.length === 0 ? [] : [[name, new Map(each)] as const]
  })
  return stackedBars({ title: `${title}: ${label}`, yLabel, bars: new Map(bars), names })
}
