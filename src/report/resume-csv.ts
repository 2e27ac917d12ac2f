// `--resume`: goes on with the CSV of a device that was interrupted or killed. Whole rows with an answer
// stay; a row that was cut off and rows without an answer go, and their samples are asked again.
import { readFile, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Outcome } from '../domain/outcome.ts'
import { ConfigError, DdnnError } from '../errors.ts'
import { csvCell } from './csv-cell.ts'
import { cellsOf, columnsOf, isAnswered } from './csv-columns.ts'
import { openCsvFile, staleLockMs, type CsvFile, type CsvFileOptions } from './csv-file.ts'
import { readRecords, type CsvRecord } from './csv-records.ts'
import type { Report } from './report.ts'

interface ResumedCsv {
  readonly report: Report
  /** Indices of samples whose answered rows are in the file already. */
  readonly answered: ReadonlySet<number>
}

/** A sample, as its row names it. */
type Known = Pick<Outcome, 'index' | 'file' | 'label'>

const columns = columnsOf('full')
const fileColumn = columns.indexOf('File')

/**
 * Opens a device's CSV to go on with it, or begins one where there is none. A writer that was killed just now
 * holds its lock for some seconds: that is waited for. Rows are in sample order once the report is closed.
 * @throws DDNN_OUTPUT_BUSY, DDNN_OUTPUT_FAILED; DDNN_CONFIG_INVALID for a file of other columns, of
 * another input, or with an image twice, which is left as it was.
 */
export async function resumeCsvReport(file: string, samples: Iterable<Known>): Promise<ResumedCsv> {
  const known = new Map([...samples].map((sample) => [csvCell(sample.file), sample]))
  const answered = new Set<number>()
  const csv = await openWhenFree({
    file,
    columns,
    mode: 'append',
    beforeRows: (path) =>
      replaceText(path, (text) => {
        const [header, ...rows] = readRecords(text)
        if (header === undefined) return checkCutHeader(text, path)
        assertColumns(header.cells, path)
        const kept = rows.filter((row) => isKept(row, known, answered, path))
        return header.line + joinLines(kept)
      }),
    // Rows that fill a gap stand at the end until all are there.
    afterRows: (path) =>
      replaceText(path, (text) => {
        const [header, ...rows] = readRecords(text)
        return (header?.line ?? '') + joinLines(rows.sort((a, b) => indexOf(a) - indexOf(b)))
      }),
  })
  return {
    report: {
      add: (outcome) => csv.append(cellsOf(outcome, 'full')),
      close: () => csv.close(),
    },
    answered,
  }
}

/** Whether a row is an answered sample of this input, which is then noted. */
function isKept(
  { cells }: CsvRecord,
  known: ReadonlyMap<string, Known>,
  answered: Set<number>,
  path: string,
): boolean {
  const [index, label] = cells
  const name = cells[fileColumn] ?? ''
  const sample = known.get(name)
  const isSame = sample && index === String(sample.index) && label === String(sample.label)
  if (cells.length !== columns.length || sample === undefined || isSame !== true) {
    const got = cells.length === columns.length ? `'${name}' as number ${index}` : 'a row of others'
    throw refused(`Expected '${path}' to be of this input, got ${got}`)
  }
  if (!isAnswered(cells)) return false
  if (answered.has(sample.index)) {
    throw refused(`Expected each image once in '${path}', got '${name}' twice`)
  }
  answered.add(sample.index)
  return true
}

function assertColumns(cells: readonly string[], path: string): void {
  if (cells.join(';') === columns.join(';')) return
  throw refused(
    `Expected '${path}' to hold the columns of --csv full, got '${cells.join(';').slice(0, 80)}'`,
  )
}

/** A file of no whole line: nothing, or the beginning of our header. */
function checkCutHeader(text: string, path: string): string {
  if (!columns.join(';').startsWith(text)) assertColumns([text], path)
  return ''
}

function refused(message: string): ConfigError {
  return new ConfigError('DDNN_CONFIG_INVALID', message, {
    hint: 'Pass the --input, --labels and --limit that the file was begun with, or another --output',
  })
}

const indexOf = ({ cells }: CsvRecord) => Number(cells[0])

const joinLines = (records: readonly CsvRecord[]) => records.map(({ line }) => line).join('')

/** Puts a changed text in the file's place in one step; an end in between leaves the old one. */
async function replaceText(path: string, change: (text: string) => string): Promise<void> {
  const text = await readFile(path, 'utf8')
  const changed = change(text)
  if (changed === text) return
  const target = await realpath(path)
  const part = `${target}.part`
  try {
    await writeFile(part, changed, { flush: true })
    await rename(part, target)
  } catch (thrown) {
    await rm(part, { force: true })
    throw thrown
  }
}

async function openWhenFree(options: CsvFileOptions): Promise<CsvFile> {
  // A lock is renewed four times in its life, so one that outlives it has a living owner.
  const deadline = performance.now() + staleLockMs * 1.5
  for (;;) {
    try {
      return await openCsvFile(options)
    } catch (thrown) {
      const isBusy = thrown instanceof DdnnError && thrown.code === 'DDNN_OUTPUT_BUSY'
      if (!isBusy || performance.now() > deadline) throw thrown
      await sleep(250)
    }
  }
}
