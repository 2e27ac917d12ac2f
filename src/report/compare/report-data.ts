// All that a report says, as data: tables, charts, page and JSON are made of it alone. Pure.
import { compareRuns, type Comparison } from './compare-runs.ts'
import { confusionTable, type ConfusionTable } from './confusion-table.ts'
import { hardestOf, type Hardest } from './hardest.ts'
import { ecdfOf, sortedTimes } from './latency.ts'
import { isAnswered, measureRun, type RunFigures } from './measure-run.ts'
import type { Run, Truth, Writer } from './run-row.ts'
import { timelineOf, type TimelineBin } from './timeline.ts'

type Curve = ReturnType<typeof ecdfOf>

export interface ReportedRun {
  readonly name: string
  readonly path: string
  readonly writer: Writer
  readonly truth: Pick<Truth, 'kind' | 'note'>
  readonly notes: readonly string[]
  readonly figures: RunFigures
  /** Share of answers within each time: of all, and by exit of the report. */
  readonly ecdf: { readonly all: Curve; readonly exits: readonly Curve[] }
  readonly timeline: readonly TimelineBin[]
  readonly confusion: ConfusionTable | undefined
}

export interface ReportData {
  /** Exits of all runs, nearest to the device first. */
  readonly exits: readonly string[]
  readonly runs: readonly ReportedRun[]
  /** Every other run against the first. */
  readonly comparisons: readonly Comparison[]
  readonly hardest: Hardest
}

export function reportData(runs: readonly Run[]): ReportData {
  const measured = runs.map((run) => ({ run, figures: measureRun(run) }))
  const [first, ...others] = measured
  return {
    exits: first?.run.exits ?? [],
    runs: measured.map(({ run, figures }) => reportedRun(run, figures)),
    comparisons: first === undefined ? [] : others.map((other) => compareRuns(first, other)),
    hardest: hardestOf(runs),
  }
}

function reportedRun(run: Run, figures: RunFigures): ReportedRun {
  const answered = run.rows.filter(isAnswered)
  const curveOf = (rows: typeof answered) =>
    ecdfOf(sortedTimes(rows.map(({ latencyMs }) => latencyMs)))
  return {
    name: run.name,
    path: run.path,
    writer: run.writer,
    truth: { kind: run.truth.kind, note: run.truth.note },
    notes: run.notes,
    figures,
    ecdf: {
      all: curveOf(answered),
      exits: run.exits.map((_, place) => curveOf(answered.filter(({ exit }) => exit === place))),
    },
    timeline: timelineOf(run),
    confusion: confusionTable(run),
  }
}
