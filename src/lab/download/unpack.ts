// A gzipped tar archive into a folder. Nothing of it is trusted: only plain files that are wanted are written,
// at places of our choice; links, ways out of the folder and sizes beyond reason end it.
import { createReadStream, createWriteStream } from 'node:fs'
import { dirname, join } from 'node:path'
import { PassThrough, Readable, Transform, type TransformCallback } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { createTarDecoder, type ParsedTarEntry } from 'modern-tar'
import { DdnnError } from '../../errors.ts'
import { makeFolder } from '../../files/make-folder.ts'
import type { Layout } from './layout.ts'
import { outputFailed } from './output.ts'

/** Many more than any of our data sets has. */
const maxEntries = 100_000

/**
 * Unpacks into `folder`, which is made. `onBytes` gets the bytes of the archive that were read.
 * @throws DDNN_DOWNLOAD_DAMAGED, DDNN_OUTPUT_FAILED, and the signal's reason; then what was written stays.
 */
export async function unpack(
  archive: string,
  folder: string,
  layout: Pick<Layout, 'place' | 'maxBytes'>,
  onBytes: (bytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const places = new Set<string>()
  const tar = new PassThrough()
  const reading = pipeline(
    createReadStream(archive, { highWaterMark: 1 << 18 }),
    counter(onBytes),
    createGunzip({ chunkSize: 1 << 18 }),
    limiter(archive, layout.maxBytes),
    tar,
    { signal },
  )
  // Reported by the loop below, which reads the same stream.
  reading.catch(() => undefined)
  try {
    await folderFor(folder)
    let entries = 0
    const decoder = createTarDecoder({ strict: true })
    for await (const entry of Readable.toWeb(tar).pipeThrough(decoder)) {
      if (++entries > maxEntries) throw damaged(archive, `more than ${maxEntries} entries`)
      const place = placeOf(entry, archive, layout)
      if (place === undefined) {
        await entry.body.cancel()
        continue
      }
      if (places.has(place)) throw damaged(archive, `'${entry.header.name}' twice`)
      places.add(place)
      await write(entry, join(folder, place))
    }
    await reading
  } catch (thrown) {
    tar.destroy()
    signal.throwIfAborted()
    // What ended the reading may come to the loop as an archive that is cut short.
    const failure = thrown instanceof DdnnError ? thrown : await reading.catch((e: unknown) => e)
    if (failure instanceof DdnnError) throw failure
    throw damaged(archive, thrown instanceof Error ? thrown.message : String(thrown), thrown)
  }
}

/** Where an entry goes; undefined where it is not wanted. */
function placeOf(
  { header }: ParsedTarEntry,
  archive: string,
  layout: Pick<Layout, 'place' | 'maxBytes'>,
): string | undefined {
  const { name, type = 'file', size } = header
  if (type !== 'file' && type !== 'directory') {
    throw damaged(archive, `'${name}', which is a ${type} and no plain file`)
  }
  const path = name
    .replace(/^(\.\/)+/, '')
    .replace(/\/$/, '')
    .split('/')
  const isInside = path.every((part) => part !== '' && part !== '.' && part !== '..')
  // A backslash separates folders on Windows, a colon names a drive or a stream.
  if (!isInside || /[\\:\0]/.test(name)) {
    throw damaged(archive, `'${name}', which may lead out of its folder`)
  }
  if (size > layout.maxBytes) throw damaged(archive, `'${name}' of ${size} bytes`)
  return type === 'directory' ? undefined : layout.place(path)
}

async function write({ body }: ParsedTarEntry, file: string): Promise<void> {
  await folderFor(dirname(file))
  // Errors of the file and of the archive come out of one pipeline; only those of the file have a call.
  await pipeline(body, createWriteStream(file, { flags: 'wx' })).catch((thrown: unknown) => {
    throw isSystemError(thrown) ? outputFailed(file, thrown) : thrown
  })
}

function isSystemError(thrown: unknown): boolean {
  return typeof (thrown as { syscall?: unknown } | null)?.syscall === 'string'
}

async function folderFor(folder: string): Promise<void> {
  await makeFolder(folder).catch((cause: unknown) => {
    throw outputFailed(folder, cause)
  })
}

/** Counts what goes through. */
function counter(onBytes: (bytes: number) => void): Transform {
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length
      onBytes(bytes)
      done(null, chunk)
    },
  })
}

/** Ends a stream that goes on beyond the limit: a small archive may unpack to terabytes. */
function limiter(archive: string, maxBytes: number): Transform {
  let bytes = 0
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      bytes += chunk.length
      if (bytes > maxBytes) done(damaged(archive, `more than ${maxBytes} bytes in it`))
      else done(null, chunk)
    },
  })
}

function damaged(archive: string, got: string, cause?: unknown): DdnnError {
  return new DdnnError(
    'DDNN_DOWNLOAD_DAMAGED',
    `Expected '${archive}' to be an archive of plain files, got ${got}`,
    { hint: 'Nothing of it was kept. Take the archive from another place', cause },
  )
}
