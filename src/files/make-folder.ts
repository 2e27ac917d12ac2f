// Folders that are written to, made level by level. The only place that makes them: Node's recursive mkdir never
// ends below /proc (it takes ENOENT of a parent that is there for one that is still missing).
import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { assertTakesFiles, UnwritableError } from './unwritable.ts'

/**
 * Makes the folder and what is missing above it. Resolves with the uppermost folder that it made, undefined where
 * all were there.
 * @throws {UnwritableError} that names the part of the path that does not do.
 */
export async function makeFolder(folder: string): Promise<string | undefined> {
  const missing: string[] = []
  let present = resolve(folder)
  while (!(await isFolder(present))) {
    missing.unshift(present)
    present = dirname(present)
  }
  if (missing.length === 0) return undefined
  await assertTakesFiles(present)
  for (const path of missing) {
    await mkdir(path).catch(async (cause: unknown) => {
      // Another process may have made it meanwhile.
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST' && (await isFolder(path))) return
      throw new UnwritableError(path, cause)
    })
  }
  return missing[0]
}

/** False where nothing is there. @throws {UnwritableError} for anything else. */
async function isFolder(path: string): Promise<boolean> {
  try {
    const stats = await stat(path)
    if (stats.isDirectory()) return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw new UnwritableError(path, cause)
  }
  throw new UnwritableError(path, 'which is no folder')
}
