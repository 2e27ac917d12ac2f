// Names of classes, which a CSV does not hold: those of --labels, else the folders that the images of a class lie in.
import type { Run, RunCsv, Truth } from './run-row.ts'

type ClassNames = ReadonlyMap<number, string>

/** By file. One that names none takes the names of the first that does. Pure. */
export function classesOf(
  csvs: readonly RunCsv[],
  truths: readonly Truth[],
  labels: readonly string[] | undefined,
): readonly ClassNames[] {
  if (labels !== undefined) return csvs.map(() => new Map(labels.entries()))
  const own = csvs.map((csv, i) => namesOfFolders(csv, truths[i]?.expected ?? []))
  const first = own.find(({ size }) => size > 0) ?? new Map<number, string>()
  return own.map((names) => (names.size > 0 ? names : first))
}

/** Of files as 'daisy/0001.jpg'; none where images of one class lie in several folders, or classes share one. */
function namesOfFolders(
  { rows, writer }: RunCsv,
  expected: readonly (number | undefined)[],
): ClassNames {
  const names = new Map<number, string>()
  if (writer === 'tier') return names
  for (const [i, { file }] of rows.entries()) {
    const label = expected[i]
    const folder = /^([^/]+)\//.exec(file)?.[1]
    if (label === undefined || folder === undefined) continue
    const known = names.get(label)
    if (known !== undefined && known !== folder) return new Map()
    names.set(label, folder)
  }
  return new Set(names.values()).size === names.size ? names : new Map()
}

/** 'daisy', or 'class 3' where no name is known; '-' of none. */
export function nameOfClass({ classes }: Run, index: number | undefined): string {
  if (index === undefined) return '-'
  return classes.get(index) ?? `class ${index}`
}
