// The archive as a file whose checksum is right: the user's own, one that lies there, or fetched now.
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError, DdnnError } from '../../errors.ts'
import { hashFile } from './checksum.ts'
import type { DataSet } from './data-sets.ts'
import { fetchArchive } from './fetch-archive.ts'
import type { DownloadHooks } from './download-hooks.ts'
import { removePartial } from './partial.ts'
import type { Source } from './source.ts'

export interface ArchiveOptions {
  readonly dataSet: DataSet
  /** Folder that the archive is fetched to and the data set's folder made in. */
  readonly output: string
  /** Hex; of an archive that is not the makers'. */
  readonly sha256: string | undefined
  readonly timeoutMs: number
  readonly retries: number
  readonly backoffMs?: number
}

export interface Archive {
  readonly path: string
  readonly sha256: string
  /** Where it came from, without what may be secret. */
  readonly source: string
  /** The name that it would keep, where we fetched it; a file of the user's is only read. */
  readonly fetched: string | undefined
}

/**
 * Resolves when it is whole and checked.
 * @throws what fetchArchive does, DDNN_INPUT_MISSING without the user's file, DDNN_DOWNLOAD_DAMAGED when the
 * checksum is another one: then what was fetched is gone.
 */
export async function obtainArchive(
  source: Source,
  options: ArchiveOptions,
  hooks: DownloadHooks,
  signal: AbortSignal,
): Promise<Archive> {
  const { dataSet, output } = options
  const sha256 = (options.sha256 ?? dataSet.sha256).toLowerCase()
  const hash = async (path: string) => {
    const { size } = await stat(path)
    return hashFile(path, (bytes) => hooks.onProgress('verify', bytes, size), signal)
  }
  const found = { sha256, source: source.shown, fetched: undefined }
  if (source.kind === 'file') {
    if (!(await isFile(source.path))) {
      throw new ConfigError(
        'DDNN_INPUT_MISSING',
        `Expected an archive, got no file '${source.path}'`,
        {
          hint: `Pass --mirror with the path of ${dataSet.archive}, or leave it out to fetch it`,
        },
      )
    }
    assertChecksum(source.shown, sha256, await hash(source.path))
    return { ...found, path: source.path }
  }
  const lying = join(output, dataSet.archive)
  if (await isFile(lying)) {
    if ((await hash(lying)) === sha256) {
      hooks.onNotice(`taking '${lying}', which is there already`)
      return { ...found, path: lying }
    }
    hooks.onNotice(`leaving '${lying}', which is another archive`)
  }
  const path = await fetchArchive(
    {
      url: source.url,
      shown: source.shown,
      file: lying,
      expectedBytes: options.sha256 === undefined ? dataSet.bytes : undefined,
      timeoutMs: options.timeoutMs,
      retries: options.retries,
      ...(options.backoffMs === undefined ? {} : { backoffMs: options.backoffMs }),
    },
    hooks,
    signal,
  )
  const got = await hash(path)
  if (got !== sha256) await removePartial(lying)
  assertChecksum(source.shown, sha256, got)
  return { path, sha256, source: source.shown, fetched: lying }
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true
}

function assertChecksum(shown: string, expected: string, got: string): void {
  if (got === expected) return
  throw new DdnnError(
    'DDNN_DOWNLOAD_DAMAGED',
    `Expected '${shown}' to have SHA-256 ${expected}, got ${got}`,
    {
      hint: 'It is damaged, or another archive: take it from another place (--mirror), or pass --sha256 with the checksum of one that differs on purpose',
    },
  )
}
