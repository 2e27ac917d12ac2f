// The files of a run, looked at before models are loaded: a run must not work for hours and then have nowhere to write.
import { resolve } from 'node:path'
import { ConfigError, DdnnError } from '../errors.ts'
import { checkOutput } from '../files/check-output.ts'
import { checkRunCsv } from './check-run-csv.ts'
import type { CsvForm } from './csv-columns.ts'
import { htmlOutput } from './html.ts'

interface ReportFiles {
  readonly csvFile: string | undefined
  readonly csvForm: CsvForm
  readonly htmlFile: string | undefined
  /** --force: files of others are written over. */
  readonly isForced?: boolean
  /** It does with the name of the CSV what it likes. */
  readonly reportModule: string | undefined
}

/**
 * A file that is gone on with may have the lock of a run that was killed, which is waited for when it is opened.
 * @throws DDNN_OUTPUT_FAILED, DDNN_OUTPUT_BUSY; DDNN_CONFIG_INVALID for files that ddnn did not make. Nothing is made.
 */
export async function checkReports(files: ReportFiles, mode: 'replace' | 'append'): Promise<void> {
  const { csvFile, csvForm, htmlFile, reportModule, isForced = false } = files
  assertTwoFiles(files)
  if (csvFile !== undefined && reportModule === undefined) {
    await checkRunCsv({ file: csvFile, form: csvForm, mode, isForced }).catch((thrown: unknown) => {
      const isBusy = thrown instanceof DdnnError && thrown.code === 'DDNN_OUTPUT_BUSY'
      if (!isBusy || mode !== 'append') throw thrown
    })
  }
  if (htmlFile !== undefined) await checkOutput(htmlOutput(htmlFile, isForced))
}

/** @throws DDNN_CONFIG_INVALID where both are to be one. */
export function assertTwoFiles({ csvFile, htmlFile }: Pick<ReportFiles, 'csvFile' | 'htmlFile'>) {
  if (csvFile === undefined || htmlFile === undefined) return
  if (resolve(csvFile) !== resolve(htmlFile)) return
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected --output and --html to be two files, got '${csvFile}' for both`,
    { hint: 'Name another file with --html' },
  )
}
