// A tier's own CSV (-o on a tier): a row a reply as they are sent, in a file that goes on over restarts. A
// disk that is full, or too slow, costs rows and never memory or answers.
import type { Reply } from '../domain/reply.ts'
import { toDdnnError } from '../errors.ts'
import { columnsOf, tierCellsOf, type CsvForm } from './csv-columns.ts'
import { openCsvFile } from './csv-file.ts'

interface TierCsvOptions {
  /** Undefined writes none. */
  readonly csvFile: string | undefined
  readonly csvForm: CsvForm
  /** After rows could not be written, how long later ones are dropped untried, milliseconds. */
  readonly retryMs?: number
}

/** Who is told of a CSV that cannot be written any more; a pino logger is one. */
interface ErrorLog {
  error(facts: object, message: string): void
  warn(facts: object, message: string): void
}

interface TierCsv {
  /**
   * Adds a row without making the reply wait. A row that cannot be written is dropped and counted; the
   * log is told once when that begins, and with the count when it ends.
   */
  add(correlationId: string, reply: Reply): void
  /** @throws DDNN_OUTPUT_FAILED, DDNN_OUTPUT_BUSY when the last rows could not be written. */
  close(): Promise<void>
}

/** Rows that wait for the disk, some 200 bytes each. */
const maxHeldRows = 10_000

/** @throws DDNN_OUTPUT_BUSY, DDNN_OUTPUT_FAILED */
export async function openTierCsv(
  options: TierCsvOptions,
  log?: ErrorLog,
): Promise<TierCsv | undefined> {
  const { csvFile, csvForm, retryMs = 10_000 } = options
  if (csvFile === undefined) return undefined
  const csv = await openCsvFile({ file: csvFile, columns: columnsOf(csvForm), mode: 'append' })
  let row = csv.rows
  let held = 0
  let dropped = 0
  /** Until when rows are dropped untried; undefined while rows are written. */
  let retryAt: number | undefined

  const drop = (facts: object, why: string) => {
    if (dropped++ === 0)
      log?.error({ ...facts, file: csvFile }, `rows of the CSV are dropped: ${why}`)
    retryAt = performance.now() + retryMs
  }
  const onWritten = () => {
    held--
    if (dropped === 0 || retryAt !== undefined) return
    log?.warn({ file: csvFile, dropped }, `the CSV is written again, ${dropped} rows are missing`)
    dropped = 0
  }
  const onFailed = (thrown: unknown) => {
    held--
    drop({ err: toDdnnError(thrown) }, 'it cannot be written')
  }
  return {
    add(correlationId, reply) {
      if (retryAt !== undefined && performance.now() < retryAt) {
        dropped++
        return
      }
      if (held >= maxHeldRows) {
        drop({}, 'the disk is slower than the answers')
        return
      }
      if (retryAt !== undefined) {
        retryAt = undefined
        csv.retry()
        // Numbers go on without a gap: a restart counts the rows that are there.
        if (held === 0) row = csv.rows
      }
      held++
      csv.append(tierCellsOf(row++, correlationId, reply, csvForm)).then(onWritten, onFailed)
    },
    close: () => csv.close(),
  }
}
