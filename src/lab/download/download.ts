// A data set from its archive to its folder. Until everything is there and checked nothing stands in the final
// place: the archive grows as FILE.partial, its files are unpacked to FOLDER.partial.
import { rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DdnnError } from '../../errors.ts'
import { makeFolder } from '../../files/make-folder.ts'
import { obtainArchive, type Archive, type ArchiveOptions } from './archive.ts'
import type { DownloadHooks } from './download-hooks.ts'
import { writeLabels } from './labels-file.ts'
import type { Contents, Split } from './layout.ts'
import { lockOutput } from './lock.ts'
import { findMade } from './find-made.ts'
import { writeMarker } from './marker.ts'
import { outputFailed } from './output.ts'
import { removePartial } from './partial.ts'
import { parseSource } from './source.ts'
import { unpack } from './unpack.ts'

export interface DownloadOptions extends ArchiveOptions {
  /** A mirror or a file in place of the makers' address. */
  readonly url: string | undefined
  readonly split: Split
  /** Makes the folder again where an earlier download made one. */
  readonly force: boolean
  /** Leaves a fetched archive beside the folder. */
  readonly keepArchive: boolean
}

export interface DownloadResult {
  readonly folder: string
  readonly summary: string
  /** Whether this run made it; else it was there. */
  readonly isNew: boolean
  /** Beside the data set, where it has labels of its own. */
  readonly labelsFile: string | undefined
}

/**
 * Makes the data set's folder, or finds that it is there. What was fetched stays when it rejects, also when
 * the signal aborts, and the next call goes on from it.
 * @throws what fetchArchive and unpack do; DDNN_INPUT_MISSING without the file that `url` names,
 * DDNN_CONFIG_INVALID where the folder is somebody else's or holds another split, DDNN_OUTPUT_BUSY.
 */
export async function downloadDataSet(
  options: DownloadOptions,
  hooks: DownloadHooks,
  signal: AbortSignal,
): Promise<DownloadResult> {
  const { dataSet, output } = options
  const source = parseSource(options.url ?? dataSet.url)
  const folder = join(output, dataSet.folder)
  await makeFolder(output).catch((cause: unknown) => {
    throw outputFailed(output, cause)
  })
  const unlock = await lockOutput(output, dataSet.name)
  try {
    const made = await findMade(folder, options)
    if (made !== undefined) return { ...made, folder, isNew: false, labelsFile: undefined }
    const archive = await obtainArchive(source, options, hooks, signal)
    const contents = await unpackInto(folder, archive, options, hooks, signal)
    const labelsFile =
      contents.labels === undefined
        ? undefined
        : await writeLabels(output, contents.labels, (text) => hooks.onNotice(text))
    return { folder, summary: contents.summary, isNew: true, labelsFile }
  } finally {
    await unlock()
  }
}

async function unpackInto(
  folder: string,
  archive: Archive,
  options: DownloadOptions,
  hooks: DownloadHooks,
  signal: AbortSignal,
): Promise<Contents> {
  const { dataSet, split } = options
  const staging = `${folder}.partial`
  const { size } = await stat(archive.path)
  const onBytes = (bytes: number) => hooks.onProgress('unpack', bytes, size)
  try {
    await rm(staging, { recursive: true, force: true })
    await unpack(archive.path, staging, dataSet.layout, onBytes, signal)
    const contents = await dataSet.layout.arrange(staging, split)
    signal.throwIfAborted()
    await writeMarker(staging, {
      format: 1,
      dataSet: dataSet.name,
      source: archive.source,
      sha256: archive.sha256,
      ...(dataSet.layout.isSplit ? { split } : {}),
      summary: contents.summary,
    })
    await swapIn(staging, folder)
    if (archive.fetched !== undefined) {
      if (options.keepArchive) await rename(archive.path, archive.fetched)
      await removePartial(archive.fetched)
    }
    return contents
  } catch (thrown) {
    await rm(staging, { recursive: true, force: true })
    const isDamaged = thrown instanceof DdnnError && thrown.code === 'DDNN_DOWNLOAD_DAMAGED'
    if (isDamaged && archive.fetched !== undefined) await removePartial(archive.fetched)
    throw thrown
  }
}

/** The old folder goes only when the new one is ready to take its place. */
async function swapIn(staging: string, folder: string): Promise<void> {
  const old = `${folder}.old`
  try {
    await rm(old, { recursive: true, force: true })
    if ((await stat(folder).catch(() => undefined)) !== undefined) await rename(folder, old)
    await rename(staging, folder)
    await rm(old, { recursive: true, force: true })
  } catch (cause) {
    throw outputFailed(folder, cause)
  }
}
