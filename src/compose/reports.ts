// What a device writes of its run: CSV or the user's own report, HTML page, progress and summary.
import type { DeviceConfig } from '../cli/config.ts'
import type { Outcome } from '../domain/outcome.ts'
import type { ChainFacts } from '../domain/tier-facts.ts'
import type { Input } from '../input/input.ts'
import { withoutSamples } from '../input/limit.ts'
import { createThumbnails } from '../input/thumbnail.ts'
import { combineReports } from '../report/combine.ts'
import { openCsvReport } from '../report/csv.ts'
import { describeNotRun } from '../report/describe.ts'
import { openHtmlReport } from '../report/html.ts'
import { openReportModule } from '../report/module.ts'
import { createOrdered } from '../report/ordered.ts'
import { createProgress } from '../report/progress.ts'
import type { Report } from '../report/report.ts'
import { resumeCsvReport } from '../report/resume-csv.ts'
import { createSummary } from '../report/summary.ts'
import { summaryTable } from '../report/summary-table.ts'

interface Reports {
  /** What is to be asked: the whole input, less the samples that a resumed CSV has answers of. */
  readonly rest: Input
  /** In any order, each sample once. */
  add(outcome: Outcome): Promise<void>
  /** Writes what is held, closes all files and prints the summary. */
  close(): Promise<void>
  /** Samples told so far, and those of them without an answer. */
  readonly count: number
  readonly failures: number
}

/**
 * `chain` tells what is known of the tiers when the run ends.
 * @throws DDNN_OUTPUT_BUSY, DDNN_OUTPUT_FAILED, DDNN_MODULE_INVALID with all files closed again.
 */
export async function openReports(
  config: DeviceConfig,
  input: Input,
  chain: () => ChainFacts | undefined,
): Promise<Reports> {
  const reports: Report[] = []
  let answered: ReadonlySet<number> = new Set()
  try {
    if (config.output.resume && config.output.csvFile !== undefined) {
      const resumed = await resumeCsvReport(config.output.csvFile, input.samples())
      reports.push(resumed.report)
      answered = resumed.answered
    } else {
      for (const open of files(config, input, chain)) reports.push(await open())
    }
  } catch (thrown) {
    await Promise.allSettled(reports.map((report) => report.close()))
    throw thrown
  }
  const summary = createSummary()
  const startedAt = performance.now()
  const ordered = createOrdered(combineReports(reports), answered)
  const rest = answered.size === 0 ? input : withoutSamples(input, answered)
  // Progress and summary count outcomes as they come; the files are told in sample order.
  const progress = createProgress({ stream: process.stderr, total: rest.count })
  let count = 0
  let failures = 0
  return {
    rest,
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
        process.stdout.write(`${summaryTable(summary.build(elapsedMs), chain())}\n`)
        if (count < rest.count) process.stdout.write(`${describeNotRun(count, rest.count)}\n`)
        if (answered.size > 0) {
          process.stdout.write(`Resumed: ${answered.size} samples had their answers already\n`)
        }
        if (isWritten) process.stdout.write(writtenLine(config))
      }
    },
    get count() {
      return count
    },
    get failures() {
      return failures
    },
  }
}

function files(
  config: DeviceConfig,
  input: Input,
  chain: () => ChainFacts | undefined,
): (() => Promise<Report>)[] {
  const { csvFile, csvForm, htmlFile, reportModule } = config.output
  const { labels, count } = input
  const opens: (() => Promise<Report>)[] = []
  if (reportModule !== undefined) {
    opens.push(() => openReportModule(reportModule, { labels, count, file: csvFile }))
  } else if (csvFile !== undefined) {
    opens.push(() => openCsvReport({ file: csvFile, form: csvForm }))
  }
  if (htmlFile !== undefined) {
    opens.push(() =>
      openHtmlReport({
        file: htmlFile,
        labels,
        title: config.name,
        chain,
        ...thumbnailsOf(config),
      }),
    )
  }
  return opens
}

function thumbnailsOf({ input }: DeviceConfig) {
  return input.kind === 'folder' ? { thumbnail: createThumbnails(input.folder) } : {}
}

function writtenLine(config: DeviceConfig): string {
  const { csvFile, htmlFile, reportModule } = config.output
  const written = [reportModule === undefined ? csvFile : undefined, htmlFile].filter(
    (file) => file !== undefined,
  )
  return written.length === 0 ? '' : `Written: ${written.join(', ')}\n`
}
