// The report of evaluate, calibrate and plan, looked at before the images, which may take minutes.
import { ownReport, ownReportOf, ownTable } from '../files/replaces.ts'
import { readModelFolder } from '../model/folder.ts'
import { checkFolder } from './check-folder.ts'
import type { FlagReader } from './flag-types.ts'

interface ReportFiles {
  readonly names: readonly string[]
  /** First line of its CSV. */
  readonly columns?: RegExp
  readonly models: readonly string[]
}

/**
 * An earlier report of the command is replaced, where it is on the same family; anything else with --force alone.
 * @throws as `checkFolder`
 */
export async function checkReport(
  values: FlagReader<'output' | 'force', 'evaluate' | 'calibrate' | 'plan'>,
  { names, columns, models }: ReportFiles,
): Promise<void> {
  const output = values.string('output')
  if (output === undefined) return
  if (values.boolean('force') === true) {
    return checkFolder(output, { names, replaces: 'anything' })
  }
  const isTable = (name: string) => name.endsWith('.csv')
  const [tables, others] = [names.filter(isTable), names.filter((name) => !isTable(name))]
  const replaces = ownReportOf(await familyOf(models))
  await checkFolder(output, { names: others, replaces })
  await checkFolder(output, {
    names: tables,
    replaces: columns === undefined ? ownReport : ownTable(columns),
  })
}

/** Models that are not there are told of later, by who reads them. */
async function familyOf(models: readonly string[]): Promise<string | undefined> {
  for (const folder of models) {
    const found = await readModelFolder(folder).catch(() => [])
    const family = found.find((one) => one.family !== undefined)?.family
    if (family !== undefined) return family
  }
  return undefined
}
