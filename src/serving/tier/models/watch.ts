// Watches the files of model folders by looking at them now and then: works on every file system, also on
// network mounts and on the links that Kubernetes turns, where notices of the system do not.
import { isSameTraits, type FileTraits } from '../../../domain/model-files.ts'

interface WatchOptions {
  /** How the files look now. */
  readonly traits: () => Promise<FileTraits>
  readonly intervalMs: number
  /** As the files looked when they were last read, whatever came of it. */
  readonly handled: () => FileTraits
  /** Thresholds may be taken at once; resolves with false where more than those has changed. */
  readonly takeThresholds: () => Promise<boolean>
  /** All may be taken: the files have been calm from one look to the next. */
  readonly takeAll: () => Promise<void>
}

/** A look costs some 50 us a file: folders of more than 100 are looked at less often than each second. */
const leastMsAFile = 10

/** Looks until the returned function is called. Never keeps the process. */
export function watchModels(options: WatchOptions): () => void {
  const { traits, intervalMs, handled, takeThresholds, takeAll } = options
  let before: FileTraits | undefined
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  let files = 0

  const look = async () => {
    const now = await traits()
    files = now.files
    if (isStopped || isSameTraits(now, handled())) before = undefined
    else if (before !== undefined && isSameTraits(now, before)) {
      before = undefined
      await takeAll()
    } else {
      before = now
      const isManifestOnly = now.models === handled().models
      // The next manifest is about to change too: they belong together.
      if (isManifestOnly && !now.isWriting && (await takeThresholds())) before = undefined
    }
  }
  const later = () => {
    if (isStopped) return
    timer = setTimeout(
      // What a look itself meets (a disk that fails) is there at the next one too, or gone.
      () => void look().then(later, later),
      Math.max(intervalMs, leastMsAFile * files),
    )
    timer.unref()
  }
  later()
  return () => {
    isStopped = true
    clearTimeout(timer)
  }
}
