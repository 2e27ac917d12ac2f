// Whether what a command is told to write can be written: asked before its work begins, and nothing is left behind.
import { constants } from 'node:fs'
import { access, lstat, open, readlink, rm, stat } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { ConfigError } from '../errors.ts'
import { assertFree, type Replaces } from './replaces.ts'
import { assertTakesFiles, reasonOf, UnwritableError } from './unwritable.ts'

/** A place that a command writes to. */
export type Output = Place & (Folder | File)

interface Place {
  readonly path: string
  /** Where the path was given, for the hint: '--output (-o)'. */
  readonly flag: string
}

interface Folder {
  readonly kind: 'folder'
  /** What is written into it, as far as that is known before. */
  readonly files?: Files
}

interface Files {
  readonly names: readonly string[]
  readonly replaces: Replaces
}

interface File {
  /** A `stream` is written in place, so that a device or a pipe does; a `file` is replaced as a whole. */
  readonly kind: 'file' | 'stream'
  readonly replaces: Replaces
}

/** Of one part of a path, in bytes; a file is written beside its place first, under a longer name. */
const maxNameBytes = 255
const partBytes = '.partial'.length

/** Linux' /dev/full: character device 1, 7. */
const alwaysFull = 0x107

/**
 * Nothing is made, and what a user has is left alone: see `replaces`.
 * @throws {ConfigError} DDNN_OUTPUT_FAILED, naming the part of the path that does not do; DDNN_CONFIG_INVALID, naming
 * the files that are there and are not to be replaced.
 */
export async function checkOutput(output: Output): Promise<void> {
  const { path, flag } = output
  await probe(output)
  if (output.kind !== 'folder') return assertFree([path], output.replaces, { flag })
  if (output.files === undefined) return
  const { names, replaces } = output.files
  const paths = names.map((name) => join(path, name))
  for (const one of paths) await probe({ path: one, kind: 'file', replaces, flag })
  await assertFree(paths, replaces, { flag, folder: path })
}

async function probe(output: Output): Promise<void> {
  const { kind, path } = output
  try {
    checkNames(path)
    if (kind === 'folder') await probeFolder(resolve(path))
    else await probeFile(resolve(path), kind)
  } catch (cause) {
    throw unwritable(output, cause)
  }
}

/** The error of an output that cannot be written, at the start. */
export function unwritable(
  { path, kind, flag }: Place & Pick<Output, 'kind'>,
  cause: unknown,
): ConfigError {
  const place = kind === 'folder' ? 'a folder' : 'a file'
  return new ConfigError(
    'DDNN_OUTPUT_FAILED',
    `Expected to write '${path}', got ${reasonOf(cause)}`,
    { hint: `Name ${place} that you may write to with ${flag}`, cause },
  )
}

function checkNames(path: string): void {
  if (path === '') throw new UnwritableError(path, 'which is no name')
  const long = resolve(path)
    .split(sep)
    .find((name) => Buffer.byteLength(name) + partBytes > maxNameBytes)
  if (long === undefined) return
  const most = maxNameBytes - partBytes
  throw new UnwritableError(long, `a name of ${Buffer.byteLength(long)} bytes, of at most ${most}`)
}

/** A file in it, or in the nearest folder above that is there, made and removed again. */
async function probeFolder(folder: string): Promise<void> {
  const stats = await statOf(folder)
  if (stats === undefined) return probeFolder(dirname(folder))
  if (!stats.isDirectory()) throw new UnwritableError(folder, 'which is no folder')
  await assertTakesFiles(folder)
  const file = join(folder, `.ddnn-probe-${process.pid}-${probes++}`)
  try {
    await (await open(file, 'wx')).close()
  } catch (cause) {
    throw new UnwritableError(folder, cause)
  } finally {
    await rm(file, { force: true }).catch(() => undefined)
  }
}

let probes = 0

async function probeFile(file: string, kind: 'file' | 'stream'): Promise<void> {
  const target = kind === 'stream' ? await targetOf(file) : undefined
  if (target !== undefined) return probeTarget(file, target)
  const stats = await statOf(file)
  if (stats?.isDirectory() === true) throw new UnwritableError(file, 'which is a folder')
  if (stats !== undefined && kind === 'stream' && !stats.isFile()) {
    if (stats.isCharacterDevice() && stats.rdev === alwaysFull) {
      throw new UnwritableError(file, 'where no space is left')
    }
    return access(file, constants.W_OK)
  }
  if (stats?.isFile() === false) throw new UnwritableError(file, 'which is no file')
  if (stats === undefined || kind === 'file') await probeFolder(dirname(file))
  if (stats !== undefined) await (await open(file, 'r+')).close()
}

/** What a symbolic link to nothing yet points to; it is written through. */
async function targetOf(file: string): Promise<string | undefined> {
  const isThere = await stat(file).then(
    () => true,
    (thrown: NodeJS.ErrnoException) => thrown.code !== 'ENOENT',
  )
  if (isThere) return undefined
  const target = await readlink(file).catch(() => undefined)
  return target === undefined ? undefined : resolve(dirname(file), target)
}

/** Nobody makes a folder behind a link. */
async function probeTarget(link: string, target: string): Promise<void> {
  const folder = await stat(dirname(target)).catch(() => undefined)
  if (folder?.isDirectory() !== true) throw dangling(link, target)
  await probeFile(target, 'stream')
}

/** Undefined where nothing is there. */
async function statOf(path: string) {
  try {
    return await stat(path)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw new UnwritableError(path, cause)
  }
  const link = await lstat(path).catch(() => undefined)
  if (link?.isSymbolicLink() === true) throw dangling(path, await readlink(path))
  return undefined
}

function dangling(link: string, target: string): UnwritableError {
  return new UnwritableError(link, `a symbolic link to '${target}', which is not there`)
}
