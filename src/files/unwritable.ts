// Why a path cannot be written, in plain words that name the part of it that does not do.
import { statfs } from 'node:fs/promises'
import { DdnnError } from '../errors.ts'

/** Words for what a file system says. */
const words: Readonly<Record<string, string>> = {
  EACCES: 'which you may not write to',
  EDQUOT: 'where your share of the disk is used up (EDQUOT)',
  EEXIST: 'which is there already, as something else',
  EISDIR: 'which is a folder',
  ELOOP: 'whose symbolic links go round in a circle',
  EMFILE: 'while too many files are open (EMFILE)',
  ENAMETOOLONG: 'whose name is too long',
  ENOENT: 'which is not there and cannot be made',
  ENOSPC: 'where no space is left on the disk (ENOSPC)',
  ENOTDIR: 'which is below a file, in place of a folder',
  EPERM: 'which the system lets nobody write',
  EROFS: 'which is on a read-only file system',
  ETXTBSY: 'which is a program that runs',
}

/** DDNN_OUTPUT_FAILED with what stands in the way, to be said behind 'Expected to write ..., got'. */
export class UnwritableError extends DdnnError {
  readonly reason: string

  /** @param why words that follow the path, or what a call of the file system threw */
  constructor(path: string, why: unknown) {
    const reason = `'${path}', ${typeof why === 'string' ? why : wordsOf(why)}`
    super('DDNN_OUTPUT_FAILED', `Expected a place to write to, got ${reason}`, {
      cause: why,
      hint: 'Name another place, or make room there',
    })
    this.reason = reason
  }
}

/** What stands in the way of writing, for messages. */
export function reasonOf(cause: unknown): string {
  if (cause instanceof UnwritableError) return cause.reason
  const { code, path, message } = cause as NodeJS.ErrnoException
  const known = code === undefined ? undefined : words[code]
  if (known === undefined) return cause instanceof Error ? message : String(cause)
  if (path !== undefined) return `'${path}', ${known}`
  return code === 'ENOSPC' || code === 'EDQUOT' ? `no space left on the disk (${code})` : message
}

/** Types of Linux' file systems in which nobody makes files (linux/magic.h). */
const kernelFileSystems: ReadonlyMap<number, string> = new Map([
  [0x9fa0, 'proc'],
  [0x62656572, 'sysfs'],
  [0x1cd1, 'devpts'],
  [0x64626720, 'debugfs'],
  [0x73636673, 'securityfs'],
  [0x74726163, 'tracefs'],
  [0x62656570, 'configfs'],
  [0x27e0eb, 'cgroup'],
  [0x63677270, 'cgroup2'],
  [0x6e736673, 'nsfs'],
])

/** @throws {UnwritableError} where the folder shows the kernel's state and holds no files. */
export async function assertTakesFiles(folder: string): Promise<void> {
  const type = await statfs(folder).then(
    (stats) => stats.type,
    () => undefined,
  )
  const name = type === undefined ? undefined : kernelFileSystems.get(type)
  if (name !== undefined) {
    throw new UnwritableError(
      folder,
      `where the kernel shows its state (${name}): it takes no files`,
    )
  }
}

function wordsOf(cause: unknown): string {
  const { code, message } = cause as NodeJS.ErrnoException
  return words[code ?? ''] ?? (cause instanceof Error ? message : String(cause))
}
