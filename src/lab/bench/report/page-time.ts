// Sections of a bench's page: where each millisecond goes, by part and by process.
import type { BenchResult } from '../result.ts'
import type { ReportSection, ReportTable } from '../../../report/page/page.ts'
import { loadGroups } from './groups.ts'
import { shortNumber, sumOf } from './numbers.ts'
import { stackedBars } from './stacked-bars.ts'
import { timeParts, type TimeParts } from './time-parts.ts'

/** A section a load that anybody tells the parts of. */
export function timeSections(result: BenchResult): readonly ReportSection[] {
  return loadGroups(result).flatMap(({ label, runs }): ReportSection[] => {
    const told = [...runs].flatMap(([name, rows]) => {
      const parts = timeParts(rows)
      return parts === undefined ? [] : [[name, parts] as const]
    })
    const chart = stackedBars({
      title: `Where an image's time goes: ${label}`,
      yLabel: 'Mean time (ms an image)',
      bars: new Map(told.map(([name, { whole }]) => [name, whole])),
    })
    if (chart === undefined) return []
    const silent = [...runs.keys()].filter((name) => told.every(([one]) => one !== name))
    return [
      {
        title: `Where each millisecond goes: ${label}`,
        text: [
          'Means over all images, those that left earlier too; medians over rounds. A hop is from one process to the next and back without the work of the next. "Other" is the rest of the mean latency.',
          ...(silent.length === 0 ? [] : [`Not told by: ${silent.join(', ')}.`]),
        ],
        table: timeTable(told),
        charts: [chart],
      },
    ]
  })
}

const partNames = ['queue', 'decode', 'compute', 'encode', 'hop', 'other']

/** A row a contestant with sums, then one for each of its processes and hops. */
function timeTable(told: readonly (readonly [string, TimeParts])[]): ReportTable {
  const cells = (partOf: (name: string) => number | undefined) => {
    const values = partNames.map(partOf)
    const sum = sumOf(values.filter((ms) => ms !== undefined))
    return [...values, sum].map((ms) => (ms === undefined ? '' : shortNumber(ms)))
  }
  const rows = told.flatMap(([name, { whole, byPlace }]) => {
    const hops = [...whole].filter(([part]) => part.startsWith('hop ')).map(([, ms]) => ms)
    return [
      [
        name,
        'all',
        ...cells((part) => (part === 'hop' && hops.length > 0 ? sumOf(hops) : whole.get(part))),
      ],
      ...[...byPlace].map(([where, parts]) => [name, where, ...cells((part) => parts.get(part))]),
    ]
  })
  return { header: ['Contestant', 'Where', ...partNames, 'sum (ms)'], rows }
}
