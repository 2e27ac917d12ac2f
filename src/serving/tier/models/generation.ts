// Models that were loaded together, in one engine of their own: who holds them, and when they were last
// asked for. Rules may change over them; weights do not.
import type { Engine } from '../../engine/engine.ts'
import type { ServedModels } from '../served-models.ts'
import type { SpecsByFolder } from './model-source.ts'

interface GenerationFiles {
  /** As they were read from each folder. */
  readonly byFolder: SpecsByFolder
  /** Hash of what is in their files; '' where they changed while they were loaded. */
  readonly contents: string
  /** How those files looked. */
  readonly files: string
}

export class Generation {
  readonly engine: Engine
  readonly contents: string
  byFolder: SpecsByFolder
  /** How files with these contents looked last. */
  files: string
  /** Another value with each change of rules. */
  models: ServedModels
  /** Since when it is what new work is for, or no longer is, milliseconds since 1970. */
  since = Date.now()
  #holds = 0
  #askedAt = performance.now()
  #retirement: { readonly keepMs: number; readonly onIdle: () => void } | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(
    engine: Engine,
    { byFolder, contents, files }: GenerationFiles,
    serve: (hold: ServedModels['hold']) => ServedModels,
  ) {
    this.engine = engine
    this.byFolder = byFolder
    this.contents = contents
    this.files = files
    this.models = serve(this.hold)
  }

  /** Users that have not let go. */
  get holds(): number {
    return this.#holds
  }

  /** As `ServedModels.hold`. */
  readonly hold = (): (() => void) => {
    this.#holds += 1
    this.#askedAt = performance.now()
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#holds -= 1
      this.#askedAt = performance.now()
      this.#look()
    }
  }

  /** Calls `onIdle` once nobody holds it and nobody has asked for it for `keepMs`. */
  retire(keepMs: number, onIdle: () => void): void {
    this.since = Date.now()
    this.#askedAt = performance.now()
    this.#retirement = { keepMs, onIdle }
    this.#look()
  }

  /** New work is for it again, since files with its contents are back, which look like `files`. */
  comeBack(files: string): void {
    this.since = Date.now()
    this.files = files
    this.stop()
  }

  /** Forgets a retirement. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#retirement = undefined
  }

  #look(): void {
    const retirement = this.#retirement
    // While it is held, the one who lets go looks again.
    if (retirement === undefined || this.#holds > 0 || this.#timer !== undefined) return
    const leftMs = this.#askedAt + retirement.keepMs - performance.now()
    if (leftMs <= 0) {
      this.stop()
      return retirement.onIdle()
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#look()
    }, Math.ceil(leftMs))
    this.#timer.unref()
  }
}
