// A tier's own CSV (-o on a tier): a row a reply as they are sent, in a file that goes on over restarts.
import type { Reply } from '../domain/reply.ts'
import { toDdnnError } from '../errors.ts'
import { columnsOf, tierCellsOf, type CsvForm } from './csv-columns.ts'
import { openCsvFile } from './csv-file.ts'

export interface TierCsvOptions {
  /** Undefined writes none. */
  readonly csvFile: string | undefined
  readonly csvForm: CsvForm
}

/** Who is told of a CSV that cannot be written any more; a pino logger is one. */
export interface ErrorLog {
  error(facts: object, message: string): void
}

export interface TierCsv {
  /** Adds a row without making the reply wait; what goes wrong is logged once and told by `close`. */
  add(correlationId: string, reply: Reply): void
  close(): Promise<void>
}

/** @throws DDNN_OUTPUT_BUSY, DDNN_OUTPUT_FAILED */
export async function openTierCsv(
  options: TierCsvOptions,
  log?: ErrorLog,
): Promise<TierCsv | undefined> {
  const { csvFile, csvForm } = options
  if (csvFile === undefined) return undefined
  const csv = await openCsvFile({ file: csvFile, columns: columnsOf(csvForm), mode: 'append' })
  let row = csv.rowsBefore
  let hasFailed = false
  return {
    add(correlationId, reply) {
      csv.append(tierCellsOf(row++, correlationId, reply, csvForm)).catch((thrown: unknown) => {
        if (hasFailed) return
        hasFailed = true
        log?.error({ err: toDdnnError(thrown), file: csvFile }, 'CSV cannot be written any more')
      })
    },
    close: () => csv.close(),
  }
}
