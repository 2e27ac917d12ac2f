// Files that a command would write over: the meaning that --force has everywhere.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '../errors.ts'

interface FreeOptions {
  /** --force */
  readonly isForced: boolean
  /** Whether a file of this text is the command's own, and may be made again. */
  readonly isOwn?: (text: string) => boolean
}

/** @throws DDNN_CONFIG_INVALID, naming the files that are there. */
export async function assertFree(
  folder: string,
  names: readonly string[],
  { isForced, isOwn = () => false }: FreeOptions,
): Promise<void> {
  if (isForced) return
  const taken: string[] = []
  for (const name of names) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => undefined)
    if (text !== undefined && !isOwn(text)) taken.push(name)
  }
  if (taken.length === 0) return
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected no ${taken.join(', ')} in '${folder}' yet, got ${taken.length === 1 ? 'one' : 'them'}`,
    { hint: 'Pass --force to write over what is there, or another --output (-o)' },
  )
}
