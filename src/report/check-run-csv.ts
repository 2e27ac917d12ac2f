// The CSV of a run, looked at before it is opened: by the run itself and by doctor.
import { ownTable } from '../files/replaces.ts'
import { columnsOf, type CsvForm } from './csv-columns.ts'
import { checkCsvFile } from './csv-file.ts'

interface RunCsv {
  readonly file: string
  readonly form: CsvForm
  /** `append` goes on in one of these columns; `replace` begins anew in place of any that a run wrote. */
  readonly mode: 'replace' | 'append'
  /** --force: in place of any file. */
  readonly isForced: boolean
}

/** Both forms begin so. */
const ofRuns = new RegExp(`^${columnsOf('original').join(';')}(;|$)`)

/** Its size in bytes, undefined where it is not there yet. @throws as `checkCsvFile` */
export async function checkRunCsv({
  file,
  form,
  mode,
  isForced,
}: RunCsv): Promise<number | undefined> {
  const replaces = isForced || mode === 'append' ? 'anything' : ownTable(ofRuns)
  return checkCsvFile({ file, columns: columnsOf(form), mode }, replaces)
}
