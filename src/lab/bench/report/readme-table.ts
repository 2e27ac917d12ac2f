// The tables of README.md and docs that a script makes from committed runs (scripts/readme-tables.mjs).
import type { BenchResult, BenchRow } from '../result.ts'
import { describeBytes, describeMs, describePercent } from '../../../report/describe.ts'
import { markdownTable, markdownText } from '../../../report/markdown-table.ts'
import type { ReportTable } from '../../../report/page/page.ts'
import { describeMachine, describeSetup } from './facts.ts'
import type { GoalData } from './goal.ts'
import { goalTable } from './goal-table.ts'
import { loadGroups, type LoadGroup } from './groups.ts'
import { brokerCpuOf, bytesOf, cpuOf, over, pairedRatio } from './measures.ts'
import { shortNumber } from './numbers.ts'
import type { ReplicaRate } from './replica-rates.ts'

export const readmeKinds = ['performance', 'continuum', 'goals'] as const
type ReadmeKind = (typeof readmeKinds)[number]

/** A run of `ddnn bench`, or, for goals, of bench/scaling.mjs. */
interface LinkedRun {
  readonly result?: BenchResult | undefined
  readonly replicas?: readonly ReplicaRate[] | undefined
  /** Of the run's README.md, as the page that the table stands in must write it. */
  readonly link: string
}

/** A line of what was measured where and when for each run, and the tables, as Markdown. */
export function readmeTable(kind: ReadmeKind, runs: readonly LinkedRun[]): string {
  const results = runs.flatMap(({ result }) => result ?? [])
  const tables =
    kind === 'goals'
      ? [goalsTable({ results, replicas: runs.flatMap(({ replicas = [] }) => replicas) })]
      : results.map(kind === 'continuum' ? continuumTable : performanceTable)
  return [...runs.map(captionOf), ...tables.map(markdownTable)].join('\n\n')
}

function captionOf({ result, link }: LinkedRun): string {
  if (result === undefined) return `Replicas of one tier, a fixed time a pass ([run](${link})):`
  const { setup, startedAt } = result
  const date = new Date(startedAt).toLocaleDateString('en-GB', {
    ...{ day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' },
  })
  const setupText = describeSetup(result).replace(/^./, (first) => first.toUpperCase())
  const rounds = setup.rounds === 1 ? 'one round' : `medians of ${setup.rounds} rounds`
  const text = markdownText(`${setupText}; ${rounds}; ${describeMachine(result)}; ${date}`)
  return `${text} ([run](${link})):`
}

/** A row a contestant: one in flight, then each number in flight of the run, and CPU at the largest. */
function performanceTable(result: BenchResult): ReportTable {
  const groups = loadGroups(result)
  const single = groups.filter(
    ({ scenario, inFlight }) => scenario === 'single-stream' || inFlight === 1,
  )
  const many = groups.filter(({ inFlight = 0 }) => inFlight > 1)
  const levels = many.map(({ inFlight }) => inFlight).join(' / ')
  const full = many.at(-1)
  const rows = result.contestants.map(({ name }) => {
    const own = single.find(({ runs }) => runs.has(name))
    const cpu = full && (full.runs.get(name) ?? [])
    return [
      name,
      valueOf(own, name, ({ latency }) => latency.p50, describeMs),
      ...(full === undefined || cpu === undefined
        ? []
        : [
            many.map((at) => valueOf(at, name, (row) => row.imagesPerSecond)).join(' / '),
            valueOf(full, name, cpuOf, describeMs),
            valueOf(full, name, brokerCpuOf, describeMs),
          ]),
    ]
  })
  const inFlight = full?.inFlight
  const more =
    full === undefined
      ? []
      : [`images a second, ${levels} in flight`, `CPU an image at ${inFlight}`, 'of it the broker']
  return { header: ['', 'p50, one in flight', ...more], rows }
}

/** A row a contestant at the run's first load, and how much less ddnn's mean is. */
function continuumTable(result: BenchResult): ReportTable {
  const [group] = loadGroups(result)
  const own = group?.runs.get('ddnn') ?? []
  const rows = [...(group?.runs ?? [])].map(([name, rows]) => {
    const saved = 1 - pairedRatio(own, rows, ({ latency }) => latency.mean)
    return [
      name,
      valueOf(group, name, ({ latency }) => latency.mean, describeMs),
      valueOf(group, name, ({ latency }) => latency.p95, describeMs),
      name === 'ddnn' ? '' : describePercent(saved),
      valueOf(group, name, ({ accuracy }) => accuracy ?? Number.NaN, describePercent),
      valueOf(group, name, bytesOf, describeBytes),
    ]
  })
  const header = ['', 'mean', 'p95', "ddnn's mean is less by", 'right', 'bytes an image']
  return { header, rows }
}

function goalsTable(data: GoalData): ReportTable {
  const { header, rows } = goalTable(data)
  return { header: header.slice(0, 4), rows: rows.map((row) => row.slice(0, 4)) }
}

function valueOf(
  group: LoadGroup | undefined,
  name: string,
  measure: (row: BenchRow) => number,
  describe: (value: number) => string = shortNumber,
): string {
  const value = over(group?.runs.get(name) ?? [], measure)
  return Number.isFinite(value) ? describe(value) : '-'
}
