// What lies in a folder, by names of any bytes (file-name.ts), in an order that depends on nothing but the names.
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../errors.ts'
import { pathOfShown, shownName } from './file-name.ts'
import { isHiddenName } from './image-name.ts'

interface FolderEntry {
  /** As `shownName` gives it. */
  readonly name: string
  readonly isFolder: boolean
  /** A link may point to a file; one that points nowhere is named when it is read. Pipes and devices are none. */
  readonly isFile: boolean
}

/**
 * By name.
 * @throws what the file system says of what is no folder (ENOENT, ENOTDIR); DDNN_INPUT_MISSING, with its cause, for a
 * folder that may not be looked into.
 */
export async function listFolder(folder: string): Promise<readonly FolderEntry[]> {
  const entries = await readEntries(folder)
  const listed = entries.map(async (entry): Promise<FolderEntry> => {
    const name = shownName(entry.name)
    if (!entry.isSymbolicLink()) {
      return { name, isFolder: entry.isDirectory(), isFile: entry.isFile() }
    }
    const target = await stat(pathOfShown(join(folder, name))).catch(() => undefined)
    const isFolder = target?.isDirectory() === true
    return { name, isFolder, isFile: target === undefined || target.isFile() }
  })
  // By UTF-16 units, not by locale: what is taken must not depend on the machine's language.
  return (await Promise.all(listed)).sort((a, b) => (a.name < b.name ? -1 : 1))
}

interface BelowOptions {
  /** Told of folders that may not be looked into, '' for the folder itself, with what the system says (EACCES). */
  readonly onClosed?: (inside: string, code: string) => void
  readonly signal?: AbortSignal
}

/**
 * The files below a folder whose names are wanted, sorted, relative to it; hidden files and folders are left out. Links
 * to folders are followed, each folder once on the way down.
 * @throws the signal's reason once it is aborted.
 */
export async function listBelow(
  folder: string,
  isWanted: (name: string) => boolean,
  { onClosed, signal }: BelowOptions = {},
): Promise<readonly string[]> {
  const files: string[] = []
  const look = async (inside: string, above: ReadonlySet<string>): Promise<void> => {
    signal?.throwIfAborted()
    const path = inside === '' ? folder : join(folder, inside)
    const place = await realpath(pathOfShown(path), 'buffer').then(
      (found) => found.toString('latin1'),
      (cause: unknown) => onClosed?.(inside, codeOf(cause)),
    )
    if (place === undefined || above.has(place)) return
    const entries = await listFolder(path).catch((cause: unknown) => {
      onClosed?.(inside, codeOf(cause))
      return []
    })
    for (const { name, isFolder, isFile } of entries) {
      if (isHiddenName(name)) continue
      const file = inside === '' ? name : `${inside}/${name}`
      if (isFolder) await look(file, new Set([...above, place]))
      else if (isFile && isWanted(name)) files.push(file)
    }
  }
  await look('', new Set())
  return files.sort()
}

function readEntries(folder: string) {
  const options = { withFileTypes: true, encoding: 'buffer' } as const
  return readdir(pathOfShown(folder), options).catch((cause: unknown) => {
    const code = codeOf(cause)
    if (code === 'ENOENT' || code === 'ENOTDIR') throw cause
    throw new ConfigError(
      'DDNN_INPUT_MISSING',
      `Expected a folder that can be looked into, got '${folder}' (${code})`,
      { hint: 'Change its permissions, or move it elsewhere', cause },
    )
  })
}

/** What the system says: 'EACCES'. */
export function codeOf(thrown: unknown): string {
  const cause = thrown instanceof ConfigError ? thrown.cause : thrown
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? 'an error'
}
