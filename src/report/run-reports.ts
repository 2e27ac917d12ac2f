// The reports of one run, told together: files in the order of the samples, progress and summary as outcomes come.
import type { Outcome } from '../domain/outcome.ts'
import type { ChainFacts } from '../domain/tier-facts.ts'
import { jsonText } from '../domain/json-text.ts'
import { combineReports } from './combine.ts'
import { describeNotRun } from './describe.ts'
import { createOrdered } from './ordered.ts'
import { createProgress } from './progress.ts'
import type { Report } from './report.ts'
import { runDocument, type RunFacts } from './run-document.ts'
import { createSummary, type Summary } from './summary.ts'
import { summaryTable } from './summary-table.ts'

interface RunReportsOptions {
  /** Files of the run; closed with it. */
  readonly reports: readonly Report[]
  /** Samples that a resumed CSV has answers of. */
  readonly answered: ReadonlySet<number>
  /** Samples that are to be asked. */
  readonly total: number
  /** What is known of the tiers when the run ends. */
  readonly chain: () => ChainFacts | undefined
  /** The files that the run wrote, for its last line. */
  readonly written: readonly string[]
  /** Progress. */
  readonly stderr: NodeJS.WriteStream
  /** Of the run, for its document. */
  readonly name: string
  /** Whether `json` is asked for in place of the summary's text. */
  readonly isJson?: boolean | undefined
  /** The summary. */
  readonly stdout: { write(text: string): unknown }
}

export interface RunReports {
  /** In any order, each sample once. */
  add(outcome: Outcome): Promise<void>
  /** Writes what is held, closes all files and prints the summary. */
  close(): Promise<void>
  /** Samples told so far, and those of them without an answer. */
  readonly count: number
  readonly failures: number
  /** The run's document of --json, once it is closed; undefined where text was asked for. */
  readonly json: string | undefined
}

export function createRunReports(options: RunReportsOptions): RunReports {
  const { answered, total, stdout } = options
  const summary = createSummary()
  const startedAt = performance.now()
  const ordered = createOrdered(combineReports(options.reports), answered)
  const progress = createProgress({ stream: options.stderr, total })
  let count = 0
  let failures = 0
  let json: string | undefined
  return {
    async add(outcome) {
      count++
      if (outcome.problem !== undefined) failures++
      summary.add(outcome)
      await Promise.all([progress.add(outcome), ordered.add(outcome)])
    },
    async close() {
      const elapsedMs = performance.now() - startedAt
      let isWritten = false
      try {
        await ordered.close()
        isWritten = true
      } finally {
        await progress.close()
        const built = summary.build(elapsedMs)
        const written = isWritten ? options.written : []
        const { name, isJson = false } = options
        const facts = { name, total, resumed: answered.size, chain: options.chain(), written }
        if (isJson) json = jsonText(runDocument(built, facts))
        else stdout.write(`${textOf(built, facts)}\n`)
      }
    },
    get json() {
      return json
    },
    get count() {
      return count
    },
    get failures() {
      return failures
    },
  }
}

/** What people read at the end of a run; without a line feed. */
function textOf(summary: Summary, { chain, total, resumed, written }: RunFacts): string {
  return [
    summaryTable(summary, chain),
    ...(summary.samples < total ? [describeNotRun(summary.samples, total)] : []),
    ...(resumed > 0 ? [`Resumed: ${resumed} samples had their answers already`] : []),
    ...(written.length > 0 ? [`Written: ${written.join(', ')}`] : []),
  ].join('\n')
}
