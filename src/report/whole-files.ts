// Several files of one report: all are written beside their places first and renamed when the last one is
// whole, so that an end in between leaves the old ones.
import { rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { DdnnError } from '../errors.ts'
import { makeFolder } from '../files/make-folder.ts'
import { reasonOf } from '../files/unwritable.ts'
import { openCsvFile } from './csv-file.ts'

/** A text, the bytes of a picture, or the rows of a semicolon CSV. */
export type WholeFile =
  | { readonly name: string; readonly text: string | Uint8Array }
  | {
      readonly name: string
      readonly columns: readonly string[]
      readonly rows: Iterable<readonly string[]>
    }

/**
 * Writes files into a folder, which is made where it is missing; resolves with their paths.
 * @throws DDNN_OUTPUT_FAILED; what was half written is removed.
 */
export async function writeWholeFiles(
  folder: string,
  files: readonly WholeFile[],
): Promise<readonly string[]> {
  const paths = files.map(({ name }) => resolve(join(folder, name)))
  const partOf = (path: string) => `${path}.part`
  try {
    await makeFolder(folder)
    for (const [i, file] of files.entries()) await writeOne(partOf(paths[i] as string), file)
    for (const path of paths) await rename(partOf(path), path)
    return paths
  } catch (cause) {
    await Promise.all(paths.map((path) => rm(partOf(path), { force: true })))
    if (cause instanceof DdnnError) throw cause
    const message = `Expected to write to '${folder}', got ${reasonOf(cause)}`
    throw new DdnnError('DDNN_OUTPUT_FAILED', message, {
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
