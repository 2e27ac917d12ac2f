// The report of evaluate, calibrate and plan, looked at before the images, which may take minutes.
import { ownReport, ownTable } from '../files/replaces.ts'
import { checkFolder } from './check-folder.ts'
import type { FlagReader } from './flag-types.ts'

interface ReportFiles {
  readonly names: readonly string[]
  /** First line of its CSV. */
  readonly columns?: RegExp
}

/**
 * An earlier report of the command is replaced, on whichever models; anything else with --force alone.
 * @throws as `checkFolder`
 */
export async function checkReport(
  values: FlagReader<'output' | 'force', 'evaluate' | 'calibrate' | 'plan'>,
  { names, columns }: ReportFiles,
): Promise<void> {
  const own = (text: string) =>
    columns === undefined ? ownReport(text) : ownReport(text) && ownTable(columns)(text)
  const replaces = values.boolean('force') === true ? 'anything' : own
  await checkFolder(values.string('output'), { names, replaces })
}
