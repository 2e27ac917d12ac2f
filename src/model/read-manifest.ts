// The manifest of a model folder, as it lies there.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  manifestFile,
  parseFolderManifest,
  type FolderManifest,
  type StagesManifest,
} from './manifest.ts'

/**
 * Undefined where the folder has none, or is none.
 * @throws DDNN_MODEL_DAMAGED, and what the file system says of a file that is there and cannot be read.
 */
export async function readManifest(
  folder: string,
): Promise<FolderManifest | StagesManifest | undefined> {
  const file = join(folder, manifestFile)
  try {
    return parseFolderManifest(await readFile(file, 'utf8'), file)
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw thrown
  }
}
