// Images that are files of this machine: a photo, a folder with all below it, and a pattern that the shell left as
// it is. Names alone are held; a file is read when it is its turn.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { posix, sep } from 'node:path'
import { glob } from 'tinyglobby'
import { pathOfShown } from '../../../input/file-name.ts'
import { imageEndings, isImageName } from '../../../input/image-name.ts'
import { listBelow } from '../../../input/list-files.ts'
import { readWhole } from '../../../input/read-file.ts'
import { openPipe } from '../../../input/read-pipe.ts'
import { DdnnError } from '../../../errors.ts'
import type { FoundImage, ImageSource, Picture, SourceContext } from '../classify.ts'
import { failingImage, missingSource } from './missing.ts'
import { readLimited } from './read-limited.ts'

/** No photo is larger; a file that is would only fill the memory. */
const maxFileBytes = 256 * 1024 * 1024

/** One file, whatever its name; one that is no regular file (`<(...)`) is read to its end. */
export function fileSource(path: string): ImageSource {
  return {
    count: () => Promise.resolve(1),
    // eslint-disable-next-line @typescript-eslint/require-await -- the seam is asynchronous
    async *images(context) {
      yield fileImage(path, path, undefined, context)
    },
  }
}

/** All images below a folder, sorted, with the folder directly inside that each lies in. */
export function folderSource(folder: string): ImageSource {
  const closed: FoundImage[] = []
  const listed = once((signal) =>
    listBelow(folder, isImageName, {
      signal,
      onClosed(inside, code) {
        const message = `Expected a folder that can be looked into, got ${code}`
        const error = new DdnnError('DDNN_INPUT_UNREADABLE', message)
        closed.push(failingImage(nameIn(folder, inside), error))
      },
    }),
  )
  return {
    count: async (signal) => Math.max(1, (await listed(signal)).length + closed.length),
    async *images(context) {
      const files = await orStopped(listed(context.signal), context.signal)
      if (files === undefined) return
      yield* closed
      if (files.length + closed.length === 0) {
        yield* missingSource(folder, 'Expected images in this folder, got none', {
          hint: `It is looked through for files that end in ${imageEndings.join(', ')}`,
        }).images(context)
      }
      for (const file of files) {
        yield fileImage(nameIn(folder, file), `${folder}/${file}`, folderOf(file), context)
      }
    },
  }
}

/** What a shell would have made of the pattern, sorted. */
export function globSource(pattern: string): ImageSource {
  const listed = once(async (signal) => {
    const portable = sep === '\\' ? pattern.replaceAll('\\', '/') : pattern
    const found = await glob(portable, { expandDirectories: false, signal })
    // It ends with what it has found by then.
    signal.throwIfAborted()
    return found.sort()
  })
  return {
    // One that holds none is told as an image that failed.
    count: async (signal) => Math.max(1, (await listed(signal)).length),
    async *images(context) {
      const files = await orStopped(listed(context.signal), context.signal)
      if (files === undefined) return
      if (files.length === 0) {
        yield* missingSource(pattern, 'Expected files of this pattern, got none').images(context)
      }
      for (const file of files) yield fileImage(file, file, undefined, context)
    },
  }
}

/** Rejects once its signal is aborted. */
type Listed = (signal: AbortSignal) => Promise<readonly string[]>

/** Whoever asks first, for images or for their count, says how long it may take. */
function once(list: Listed): Listed {
  let listed: ReturnType<Listed> | undefined
  return (signal) => (listed ??= list(signal))
}

/** Undefined where the signal comes first: a folder of a slow disk is not waited for. */
async function orStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  const stopped = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
  try {
    return await Promise.race([work, stopped])
  } catch (thrown) {
    if (signal.aborted) return undefined
    throw thrown
  }
}

/** Path as it is shown of a file below a source's folder. */
export function nameIn(folder: string, file: string): string {
  // Elsewhere a backslash is a letter of a name.
  const [inside, below] =
    sep === '\\' ? [folder, file].map((path) => path.replaceAll('\\', '/')) : [folder, file]
  return posix.join(inside ?? '', below ?? '')
}

/** 'daisy' of 'daisy/more/1.jpg'; undefined of a file that lies in no folder. */
export function folderOf(file: string): string | undefined {
  const parts = file.split(sep === '\\' ? /[/\\]/ : '/')
  return parts.length > 1 ? parts[0] : undefined
}

/** The bytes of a file. */
export function readImageFile(path: string): Promise<Uint8Array> {
  return readWhole(path, maxFileBytes)
}

async function readAny(path: string, signal: AbortSignal): Promise<Uint8Array> {
  const found = await stat(pathOfShown(path))
  if (found.isFile()) return readImageFile(path)
  const stream = found.isFIFO()
    ? await openPipe(path, signal)
    : createReadStream(pathOfShown(path), { signal })
  return readLimited(stream, maxFileBytes)
}

function fileImage(
  name: string,
  path: string,
  folder: string | undefined,
  { decode, signal }: SourceContext,
): FoundImage {
  return {
    name,
    folder,
    read: async (): Promise<Picture> => {
      const file = await readAny(path, signal)
      return { pixels: await decode(file), file }
    },
  }
}
