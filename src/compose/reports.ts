// Which reports a device's run has: CSV or the user's own, and an HTML page.
import type { DeviceConfig } from '../cli/config.ts'
import type { ChainFacts } from '../domain/tier-facts.ts'
import type { Input } from '../input/input.ts'
import { withoutSamples } from '../input/limit.ts'
import { createThumbnails } from '../input/thumbnail.ts'
import { openCsvReport } from '../report/csv.ts'
import { openHtmlReport } from '../report/html.ts'
import { openReportModule } from '../report/module.ts'
import type { Report } from '../report/report.ts'
import { resumeCsvReport } from '../report/resume-csv.ts'
import { createRunReports, type RunReports } from '../report/run-reports.ts'
import { runProvenance } from './run-provenance.ts'

interface Opened {
  /** What is to be asked: the whole input, less the samples that a resumed CSV has answers of. */
  readonly rest: Input
  readonly told: RunReports
}

/**
 * `chain` tells what is known of the tiers when the run ends.
 * @throws DDNN_OUTPUT_BUSY, DDNN_OUTPUT_FAILED, DDNN_MODULE_INVALID with all files closed again.
 */
export async function openReports(
  config: DeviceConfig,
  input: Input,
  chain: () => ChainFacts | undefined,
): Promise<Opened> {
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
  const rest = answered.size === 0 ? input : withoutSamples(input, answered)
  const told = createRunReports({
    ...{ reports, answered, chain, total: rest.count, written: writtenBy(config) },
    ...{ name: config.name, isJson: config.output.isJson },
    ...{ stderr: process.stderr, stdout: process.stdout },
  })
  return { rest, told }
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
        provenance: runProvenance(config),
        ...thumbnailsOf(config),
      }),
    )
  }
  return opens
}

function thumbnailsOf({ input }: DeviceConfig) {
  return input.kind === 'folder' ? { thumbnail: createThumbnails(input.folder) } : {}
}

function writtenBy({ output }: DeviceConfig): readonly string[] {
  const { csvFile, htmlFile, reportModule } = output
  return [reportModule === undefined ? csvFile : undefined, htmlFile].filter(
    (file) => file !== undefined,
  )
}
