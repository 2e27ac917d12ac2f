// A CSV file with one writer: locked, rows appended one after the other, each handed to the system at
// once, so that whatever ends the process, or fills the disk, leaves whole rows.
import { open, stat, type FileHandle } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { createArrayCsvStringifier } from 'csv-writer'
import { check as isLocked, lock } from 'proper-lockfile'
import { ConfigError, DdnnError } from '../errors.ts'
import { checkOutput, unwritable } from '../files/check-output.ts'
import { makeFolder } from '../files/make-folder.ts'
import type { Replaces } from '../files/replaces.ts'
import { reasonOf } from '../files/unwritable.ts'
import { csvCell } from './csv-cell.ts'

export interface CsvFileOptions {
  readonly file: string
  readonly columns: readonly string[]
  /** `replace` starts a new file, as the original does; `append` goes on in one with these columns. */
  readonly mode: 'replace' | 'append'
  /** Called with the path under the lock of a file that is appended to, before it is: may replace the file. */
  readonly beforeRows?: (path: string) => Promise<void>
  /** The same after the last row was written. */
  readonly afterRows?: (path: string) => Promise<void>
}

export interface CsvFile {
  /** Rows that are in the file, those of before among them, less its header. */
  readonly rows: number
  /**
   * Resolves when the row is in the file. After a failure the file ends with the last row before it, and
   * later rows are refused at once and not kept. @throws DDNN_OUTPUT_FAILED, DDNN_OUTPUT_BUSY
   */
  append(cells: readonly string[]): Promise<void>
  /** Lets rows be tried again after a failure of the disk; a lost lock stays lost. */
  retry(): void
  /** Writes what is left, unlocks and closes. Idempotent. @throws as `append` */
  close(): Promise<void>
}

const lineFeed = 0x0a

/** A writer that was killed holds its lock for this long. */
export const staleLockMs = 5000

/**
 * Opens and locks the file and makes its folder where it is missing.
 * @throws DDNN_OUTPUT_BUSY when another process writes it, DDNN_OUTPUT_FAILED when it cannot be
 * written, or holds other columns and is to be appended to.
 */
export async function openCsvFile(options: CsvFileOptions): Promise<CsvFile> {
  const file = resolve(options.file)
  const { stringifier, header } = headerOf(options.columns)
  let handle = await openFile(file)
  let failure: DdnnError | undefined
  let lost: DdnnError | undefined
  let unlock: (() => Promise<void>) | undefined
  /** Whole lines or nothing: what a full disk took of them is cut off again. */
  const write = async (text: string, count: number) => {
    const bytes = Buffer.from(text)
    let done = 0
    try {
      while (done < bytes.length) done += (await handle.write(bytes, done)).bytesWritten
    } catch (thrown) {
      if (done > 0 && isFile) await handle.truncate(size).catch(() => undefined)
      throw thrown
    }
    size += bytes.length
    lines += count
  }
  let isFile = false
  let lines = 0
  let size = 0
  try {
    // A pipe or a terminal (-o /dev/stdout) has nothing to lock, keep or cut.
    isFile = (await handle.stat()).isFile()
    if (isFile) {
      unlock = await lockFile(file, (thrown) => (lost = thrown))
      if (options.mode === 'replace') await handle.truncate(0)
      else {
        if (options.beforeRows !== undefined) {
          await options.beforeRows(file)
          await handle.close()
          handle = await openFile(file)
        }
        lines = await checkRows(handle, file, header)
        size = (await handle.stat()).size
      }
    }
    if (lines === 0) await write(header, 1)
  } catch (thrown) {
    await unlock?.()
    await handle.close()
    throw failedTo(file, thrown)
  }

  let pending = ''
  let pendingRows = 0
  let writing: Promise<void> = Promise.resolve()
  let isClosed = false
  const failed = () => lost ?? failure
  const flush = async () => {
    // Rows that came while the last ones were written go together.
    const text = pending
    const count = pendingRows
    pending = ''
    pendingRows = 0
    const error = failed()
    if (error !== undefined) throw error
    if (text === '') return
    try {
      await write(text, count)
    } catch (cause) {
      throw (failure = failedTo(file, cause))
    }
  }
  return {
    get rows() {
      return Math.max(0, lines - 1)
    },
    retry() {
      failure = undefined
    },
    append(cells) {
      const error = failed()
      if (error !== undefined) return Promise.reject(error)
      pending += stringifier.stringifyRecords([cells.map(csvCell)])
      pendingRows++
      const written = writing.then(flush)
      writing = written.catch(() => undefined)
      return written
    },
    async close() {
      if (isClosed) return
      isClosed = true
      await writing
      if (failed() === undefined && unlock !== undefined) {
        await options.afterRows?.(file).catch((cause: unknown) => {
          failure = failedTo(file, cause)
        })
      }
      await unlock?.().catch(() => undefined)
      await handle.close().catch((cause: unknown) => {
        failure ??= failedTo(file, cause)
      })
      const error = failed()
      if (error !== undefined) throw error
    },
  }
}

/**
 * Whether `openCsvFile` would do, as far as can be told without writing anything; resolves with the
 * file's size in bytes, undefined where it is not there yet. Errors as `openCsvFile`, and DDNN_CONFIG_INVALID for a
 * file that is not to be replaced.
 */
export async function checkCsvFile(
  options: CsvFileOptions,
  replaces: Replaces = 'anything',
): Promise<number | undefined> {
  const file = resolve(options.file)
  await checkOutput({ ...outputOf(options.file), replaces })
  const stats = await stat(file).catch(() => undefined)
  if (stats === undefined) return undefined
  if (!stats.isFile()) return stats.size
  if (await isLocked(file, { stale: staleLockMs })) {
    throw busyError(file, 'but another process holds its lock', undefined)
  }
  if (options.mode === 'append' && stats.size > 0) {
    const handle = await open(file, 'r')
    try {
      const { header } = headerOf(options.columns)
      const start = Buffer.alloc(Buffer.byteLength(header))
      const { bytesRead } = await handle.read(start, 0, start.length, 0)
      assertHeader(start.toString('utf8', 0, bytesRead), file, header)
    } finally {
      await handle.close()
    }
  }
  return stats.size
}

function headerOf(columns: readonly string[]) {
  const stringifier = createArrayCsvStringifier({
    header: columns.map(csvCell),
    fieldDelimiter: ';',
  })
  return { stringifier, header: stringifier.getHeaderString() ?? '' }
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    await makeFolder(dirname(file))
    const isDevice = await stat(file).then(
      (stats) => !stats.isFile(),
      () => false,
    )
    return await open(file, isDevice ? 'a' : 'a+')
  } catch (cause) {
    throw unwritable(outputOf(file), cause)
  }
}

function outputOf(path: string) {
  return { path, kind: 'stream', flag: '--output' } as const
}

async function lockFile(
  file: string,
  onLost: (error: DdnnError) => void,
): Promise<() => Promise<void>> {
  try {
    return await lock(file, {
      stale: staleLockMs,
      update: staleLockMs / 4,
      // A process that was frozen may find that another took its lock: it must not write on.
      onCompromised: (cause) => onLost(busyError(file, 'but lost its lock while it slept', cause)),
    })
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'ELOCKED') throw cause
    throw busyError(file, 'but another process holds its lock', cause)
  }
}

function busyError(file: string, what: string, cause: unknown): ConfigError {
  return new ConfigError(
    'DDNN_OUTPUT_BUSY',
    `Expected to be the only writer of '${file}', ${what}`,
    {
      hint: `Wait for the other process, or pass another --output; a lock of one that was killed ends after ${staleLockMs / 1000} s`,
      cause,
    },
  )
}

/** Lines of a file that is appended to; a row that was cut off in its middle is removed. */
async function checkRows(handle: FileHandle, file: string, header: string): Promise<number> {
  const chunk = Buffer.alloc(1 << 16)
  let lines = 0
  let size = 0
  let end = 0
  for (;;) {
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, size)
    if (bytesRead === 0) break
    const text = chunk.subarray(0, bytesRead)
    if (size === 0) assertHeader(text.toString('utf8'), file, header)
    for (let at = text.indexOf(lineFeed); at !== -1; at = text.indexOf(lineFeed, at + 1)) {
      lines++
      end = size + at + 1
    }
    size += bytesRead
  }
  if (end < size) await handle.truncate(end)
  return lines
}

function assertHeader(text: string, file: string, header: string): void {
  if (text.startsWith(header)) return
  throw new ConfigError(
    'DDNN_OUTPUT_FAILED',
    `Expected '${file}' to hold these columns, got '${text.split('\n', 1)[0]?.slice(0, 80)}'`,
    { hint: 'Pass another --output, or move the old file away' },
  )
}

function failedTo(file: string, cause: unknown): DdnnError {
  if (cause instanceof DdnnError) return cause
  return new DdnnError(
    'DDNN_OUTPUT_FAILED',
    `Expected to write '${file}', got ${reasonOf(cause)}`,
    {
      hint: 'Free space on the disk, or pass --output with another file',
      cause,
    },
  )
}
