// The files of watched folders, and what each of them waits for: to be whole, to be read, or for another picture.
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { relative, resolve, sep } from 'node:path'
import type { FoundImage, Picture, SourceContext } from '../classify.ts'
import type { Arrivals } from './arrivals.ts'
import { folderOf, nameIn, readImageFile } from './files.ts'

export interface WatchedOptions {
  /** As they are shown. */
  readonly folders: readonly string[]
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

/** Told of what the system tells of files; hands images out to the arrivals. */
export class WatchedFiles {
  readonly #files = new Map<string, Watched>()
  readonly #roots: readonly { readonly shown: string; readonly path: string }[]
  readonly #context: SourceContext
  readonly #arrivals: Arrivals<FoundImage>
  readonly #settleMs: number
  readonly #patienceMs: number

  constructor(options: WatchedOptions, context: SourceContext, arrivals: Arrivals<FoundImage>) {
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
    this.#arrivals.add({
      name,
      folder,
      read: () => this.#read(path, file),
      failed: () => (file.digest = undefined),
    })
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

/** Undefined where there is no such file, or no longer. */
async function lookOf(path: string): Promise<{ look: string; ageMs: number } | undefined> {
  const found = await stat(path).catch(() => undefined)
  // Pipes and devices are no pictures.
  if (found?.isFile() !== true) return undefined
  return { look: `${found.size}:${found.mtimeMs}`, ageMs: Date.now() - found.mtimeMs }
}
