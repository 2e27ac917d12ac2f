// `ddnn report`: CSVs of runs -> tables on stdout; with --output a page, its data, and figures.
import { basename, resolve } from 'node:path'
import { madeBy } from '../domain/made-by.ts'
import { jsonText } from '../domain/json-text.ts'
import { ownReport } from '../files/replaces.ts'
import { readLabels } from '../input/labels.ts'
import { listImages } from '../input/list-images.ts'
import { rasterize } from '../input/rasterize.ts'
import { makeRuns } from '../report/compare/make-runs.ts'
import { reportData, type ReportData } from '../report/compare/report-data.ts'
import { reportFigures } from '../report/compare/report-figures.ts'
import { wantedImages } from '../report/compare/report-images.ts'
import { reportPage } from '../report/compare/report-page.ts'
import { reportText } from '../report/compare/report-text.ts'
import type { KnownLabels } from '../report/compare/truth.ts'
import { renderReportPage } from '../report/page/render-page.ts'
import { namesOf } from '../report/results/read-run.ts'
import { writeWholeFiles, type WholeFile } from '../report/whole-files.ts'
import { checkFolder } from './check-folder.ts'
import type { CommandResult } from './command-result.ts'
import { createSay, stopped } from './json-output.ts'
import { reportDocument } from './json/report-document.ts'
import { assertNoProblems, type CommandLine } from './parse.ts'
import { readRunCsvs } from './read-run-csvs.ts'
import { reportThumbnails } from './report-thumbnails.ts'
import { readVersion } from './version.ts'

type Line = CommandLine<'report'>
type Document = ReturnType<typeof reportDocument>

/** Reads all files before it writes any; a signal ends it with nothing written. */
export async function report(line: Line, signal: AbortSignal): Promise<CommandResult> {
  const { values } = line
  assertNoProblems(line.problems, line.command)
  const paths = values.list('runs')
  const output = values.string('output')
  await checkFiles(line, ['report.html', 'report.json'])
  const files = await readRunCsvs(paths)
  const labelsFile = values.string('labels')
  const labels = labelsFile === undefined ? undefined : await readLabels(labelsFile)
  const data = reportData(
    makeRuns(
      files.map(({ csv }) => csv),
      {
        names: namesOf(paths.map((path) => resolve(path))),
        labels,
        folder: await labelsOfFolder(line, labels),
      },
    ),
  )
  const document = reportDocument(data, {
    createdAt: new Date().toISOString(),
    ddnn: readVersion(),
    sha256: files.map(({ sha256 }) => sha256),
  })
  const written = output === undefined ? [] : await write(line, output, { data, document }, signal)
  if (written === undefined) return stopped('Interrupted; written: nothing')
  const say = createSay(values)
  say(`${reportText(data)}\n`)
  if (output !== undefined) {
    say(`Written to ${output}: ${written.map((file) => basename(file)).join(', ')}\n`)
  }
  return { failures: 0, json: jsonText({ ...document, written }) }
}

/** Labels by row as the original reads a folder: label by label. Undefined without a folder and labels. */
async function labelsOfFolder(
  { values }: Line,
  labels: readonly string[] | undefined,
): Promise<KnownLabels | undefined> {
  const folder = values.string('input')
  if (folder === undefined || labels === undefined) return undefined
  const images = await listImages(folder, labels, values.string('input_format'), undefined)
  return { labels: images.map(({ label }) => label), from: `the folder '${folder}'` }
}

async function checkFiles({ values }: Line, names: readonly string[]): Promise<void> {
  const replaces = values.boolean('force') === true ? 'anything' : ownReport
  await checkFolder(values.string('output'), { names, replaces })
}

/** Paths of what was written; undefined where it was told to stop before. */
async function write(
  line: Line,
  output: string,
  { data, document }: { readonly data: ReportData; readonly document: Document },
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const thumbnails = await reportThumbnails(wantedImages(data), {
    folder: line.values.string('input'),
    csvs: line.values.list('runs'),
  })
  const page = reportPage(data, { thumbnails, provenance: provenanceOf(document) })
  const files: WholeFile[] = [
    { name: 'report.html', text: renderReportPage(page) },
    { name: 'report.json', text: jsonText(document) },
  ]
  for (const { name, svg } of reportFigures(data)) {
    if (signal.aborted) return undefined
    files.push(
      { name: `${name}.svg`, text: `${svg}\n<!-- ${madeBy} -->\n` },
      { name: `${name}.png`, text: await rasterize(svg) },
    )
  }
  await checkFiles(
    line,
    files.map(({ name }) => name),
  )
  return signal.aborted ? undefined : writeWholeFiles(output, files)
}

function provenanceOf({ ddnn, createdAt, runs }: Document): readonly (readonly [string, string])[] {
  return [
    ['Made by', `ddnn ${ddnn}, ddnn report`],
    ['Made at', createdAt],
    ...runs.map(
      ({ name, path, sha256, figures }) =>
        [`Run ${name}`, `${path}, ${figures.rows} rows, SHA-256 ${sha256}`] as const,
    ),
  ]
}
