// Several files of one report: all are written beside their places first and renamed when the last one is
// whole, so that an end in between leaves the old ones.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ConfigError, DdnnError } from '../errors.ts'
import { openCsvFile } from './csv-file.ts'

/** A text, or the rows of a semicolon CSV. */
export type WholeFile =
  | { readonly name: string; readonly text: string }
  | {
      readonly name: string
      readonly columns: readonly string[]
      readonly rows: Iterable<readonly string[]>
    }

/**
 * Makes the folder, so that a long run does not end with nowhere to write to.
 * @throws DDNN_OUTPUT_FAILED
 */
export async function makeOutputFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigError('DDNN_OUTPUT_FAILED', `Expected a folder '${folder}', got ${message}`, {
      hint: 'Pass --output with a folder that you may write to',
      cause,
    })
  })
}

/**
 * Writes files into a folder that is there; resolves with their paths.
 * @throws DDNN_OUTPUT_FAILED; what was half written is removed.
 */
export async function writeWholeFiles(
  folder: string,
  files: readonly WholeFile[],
): Promise<readonly string[]> {
  const paths = files.map(({ name }) => resolve(join(folder, name)))
  const partOf = (path: string) => `${path}.part`
  try {
    for (const [i, file] of files.entries()) await writeOne(partOf(paths[i] as string), file)
    for (const path of paths) await rename(partOf(path), path)
    return paths
  } catch (cause) {
    await Promise.all(paths.map((path) => rm(partOf(path), { force: true })))
    if (cause instanceof DdnnError) throw cause
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new DdnnError('DDNN_OUTPUT_FAILED', `Expected to write to '${folder}', got ${message}`, {
      hint: 'Free space on the disk, or pass another --output',
      cause,
    })
  }
}

async function writeOne(path: string, file: WholeFile): Promise<void> {
  if ('text' in file) return writeFile(path, file.text)
  const csv = await openCsvFile({ file: path, columns: file.columns, mode: 'replace' })
  try {
    const written: Promise<void>[] = []
    for (const row of file.rows) written.push(csv.append(row))
    await Promise.all(written)
  } finally {
    await csv.close()
  }
}
