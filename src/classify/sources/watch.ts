// Folders that are watched: what is copied into them is taken when it has stopped growing and decodes as a whole
// image, once for each picture. A file that is still being written is looked at again.
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { relative, resolve, sep } from 'node:path'
import { watch, type FSWatcher } from 'chokidar'
import { DdnnError } from '../../errors.ts'
import type { FoundImage, ImageSource, Picture, SourceContext } from '../classify.ts'
import { createArrivals, type Arrivals } from './arrivals.ts'
import { folderOf, isImageName, nameIn, readImageFile } from './files.ts'

export interface WatchOptions {
  /** As they are shown. */
  readonly folders: readonly string[]
  /** Whether files that are there before are passed over. */
  readonly isNewOnly: boolean
  /** All that is there has been seen; what comes from now on is new. */
  readonly onReady: () => void
  /** How long a file's size and time must stay as they are before it is read, milliseconds. */
  readonly settleMs?: number
  /** How long a file that does not decode may stay as it is before that is told, milliseconds. */
  readonly patienceMs?: number
}

/** What is known of one file. */
interface Watched {
  readonly name: string
  readonly folder: string | undefined
  /** Size and time when it was last looked at. */
  look: string
  /** When it was first seen as it is now, by `performance.now()`. */
  since: number
  timer: NodeJS.Timeout | undefined
  isQueued: boolean
  /** Of the pixels that were handed out last. */
  digest: string | undefined
}

/** Files older than this when they are found are not waited for, milliseconds. */
const oldMs = 2000

export function watchSource(options: WatchOptions): ImageSource {
  return {
    async *images(context) {
      const arrivals = createArrivals<FoundImage>(context.signal)
      const watcher = startWatcher(new Folders(options, context, arrivals), options, arrivals)
      try {
        yield* arrivals.all()
      } finally {
        await watcher.close()
      }
    },
  }
}

function startWatcher(
  folders: Folders,
  { folders: names, isNewOnly, onReady }: WatchOptions,
  arrivals: Arrivals<FoundImage>,
): FSWatcher {
  const roots = names.map((name) => resolve(name))
  const isHidden = (path: string) =>
    roots
      .filter((root) => path.startsWith(root))
      .some((root) =>
        relative(root, path)
          .split(sep)
          .some((part) => part.startsWith('.')),
      )
  const watcher = watch(roots, {
    ignoreInitial: isNewOnly,
    ignored: (path, stats) => isHidden(path) || (stats?.isFile() === true && !isImageName(path)),
  })
  watcher.on('add', (path) => folders.touch(path))
  watcher.on('change', (path) => folders.touch(path))
  watcher.on('unlink', (path) => folders.forget(path))
  watcher.on('ready', onReady)
  watcher.on('error', (cause) => {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const error = new DdnnError('DDNN_INPUT_UNREADABLE', `Expected to watch, got ${reason}`, {
      hint: 'Where the system has no watches left: sysctl fs.inotify.max_user_watches=524288',
      cause,
    })
    arrivals.fail(error)
  })
  return watcher
}

/** The files of all watched folders, and what each waits for. */
class Folders {
  readonly #files = new Map<string, Watched>()
  readonly #roots: readonly { readonly shown: string; readonly path: string }[]
  readonly #context: SourceContext
  readonly #arrivals: Arrivals<FoundImage>
  readonly #settleMs: number
  readonly #patienceMs: number

  constructor(options: WatchOptions, context: SourceContext, arrivals: Arrivals<FoundImage>) {
    this.#roots = options.folders.map((shown) => ({ shown, path: resolve(shown) }))
    this.#context = context
    this.#arrivals = arrivals
    this.#settleMs = options.settleMs ?? 100
    this.#patienceMs = options.patienceMs ?? 10_000
    context.signal.addEventListener('abort', () => this.#files.forEach(stopWaiting), { once: true })
  }

  /** It is there, or it has changed. */
  touch(path: string): void {
    const file = this.#files.get(path) ?? this.#newFile(path)
    this.#files.set(path, file)
    this.#wait(path, file, this.#settleMs)
  }

  forget(path: string): void {
    const file = this.#files.get(path)
    if (file !== undefined) stopWaiting(file)
    this.#files.delete(path)
  }

  #newFile(path: string): Watched {
    const root = this.#roots.find((one) => path.startsWith(one.path + sep)) ?? this.#roots[0]
    const inside = relative(root?.path ?? '', path)
    return {
      name: nameIn(root?.shown ?? '', inside),
      folder: folderOf(inside),
      look: '',
      since: 0,
      timer: undefined,
      isQueued: false,
      digest: undefined,
    }
  }

  #wait(path: string, file: Watched, ms: number): void {
    stopWaiting(file)
    if (this.#context.signal.aborted) return
    file.timer = setTimeout(() => void this.#look(path, file), ms)
  }

  /** Hands it out when it is as it was at the last look. */
  async #look(path: string, file: Watched): Promise<void> {
    const now = await lookOf(path)
    if (now === undefined) return this.forget(path)
    if (now.look !== file.look) {
      file.look = now.look
      file.since = performance.now()
      if (now.ageMs < oldMs) return this.#wait(path, file, this.#settleMs)
    }
    if (file.isQueued || this.#files.get(path) !== file) return
    file.isQueued = true
    const { name, folder } = file
    this.#arrivals.add({ name, folder, read: () => this.#read(path, file) })
  }

  async #read(path: string, file: Watched): Promise<Picture | undefined> {
    file.isQueued = false
    try {
      const bytes = await readImageFile(path)
      if ((await lookOf(path))?.look !== file.look) return this.#again(path, file)
      const pixels = await this.#context.decode(bytes)
      // A change of times or of what stands behind the picture makes no new one.
      const digest = createHash('sha256').update(pixels.data).digest('hex')
      if (digest === file.digest) return undefined
      file.digest = digest
      return { pixels, file: bytes }
    } catch (thrown) {
      const isPatient = performance.now() - file.since < this.#patienceMs
      if ((await lookOf(path)) === undefined) return undefined
      if (!isPatient) throw thrown
      return this.#again(path, file)
    }
  }

  #again(path: string, file: Watched): undefined {
    this.#wait(path, file, Math.max(this.#settleMs, this.#patienceMs / 10))
  }
}

function stopWaiting(file: Watched): void {
  clearTimeout(file.timer)
  file.timer = undefined
}

/** Undefined where there is no such file any more. */
async function lookOf(path: string): Promise<{ look: string; ageMs: number } | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return undefined
  return { look: `${found.size}:${found.mtimeMs}`, ageMs: Date.now() - found.mtimeMs }
}
