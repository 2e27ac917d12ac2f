// What lies in a folder, by names of any bytes (file-name.ts), in an order that depends on nothing but the names.
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pathOfShown, shownName } from './file-name.ts'

export interface FolderEntry {
  /** As `shownName` gives it. */
  readonly name: string
  readonly isFolder: boolean
  /** A link may point to a file; one that points nowhere is named when it is read. */
  readonly isFile: boolean
}

/** By name. @throws what the file system says: ENOENT, ENOTDIR, EACCES. */
export async function listFolder(folder: string): Promise<readonly FolderEntry[]> {
  const entries = await readdir(pathOfShown(folder), { withFileTypes: true, encoding: 'buffer' })
  const listed = entries.map(async (entry): Promise<FolderEntry> => {
    const name = shownName(entry.name)
    if (!entry.isSymbolicLink()) {
      return { name, isFolder: entry.isDirectory(), isFile: entry.isFile() }
    }
    const target = await stat(pathOfShown(join(folder, name))).catch(() => undefined)
    const isFolder = target?.isDirectory() === true
    return { name, isFolder, isFile: !isFolder }
  })
  // By UTF-16 units, not by locale: what is taken must not depend on the machine's language.
  return (await Promise.all(listed)).sort((a, b) => (a.name < b.name ? -1 : 1))
}
