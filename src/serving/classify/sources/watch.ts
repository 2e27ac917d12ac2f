// Folders that are watched: what is copied into them is taken when it has stopped growing and decodes as a whole
// image, once for each picture. A file that is still being written is looked at again.
import { relative, resolve, sep } from 'node:path'
import { watch, type FSWatcher } from 'chokidar'
import { DdnnError } from '../../../errors.ts'
import { isImageName } from '../../../input/image-name.ts'
import type { FoundImage, ImageSource } from '../classify.ts'
import { createArrivals, type Arrivals } from './arrivals.ts'
import { WatchedFiles, type WatchedOptions } from './watched-files.ts'

export interface WatchOptions extends WatchedOptions {
  /** Whether files that are there before are passed over. */
  readonly isNewOnly: boolean
  /** All that is there has been seen; what comes from now on is new. */
  readonly onReady: () => void
}

export function watchSource(options: WatchOptions): ImageSource {
  return {
    async *images(context) {
      const arrivals = createArrivals<FoundImage>(context.signal)
      const watcher = startWatcher(new WatchedFiles(options, context, arrivals), options, arrivals)
      try {
        yield* arrivals.all()
      } finally {
        await watcher.close()
      }
    },
  }
}

function startWatcher(
  files: WatchedFiles,
  { folders: names, isNewOnly, onReady }: WatchOptions,
  arrivals: Arrivals<FoundImage>,
): FSWatcher {
  const roots = names.map((name) => resolve(name))
  const isHidden = (given: string) => {
    const path = resolve(given)
    // The innermost one: a folder that is named is not hidden by its own name.
    const [root] = roots
      .filter((one) => path === one || path.startsWith(one + sep))
      .sort((one, other) => other.length - one.length)
    if (root === undefined) return false
    return relative(root, path)
      .split(sep)
      .some((part) => part.startsWith('.'))
  }
  const watcher = watch(roots, {
    ignoreInitial: isNewOnly,
    ignored: (path, stats) => isHidden(path) || (stats?.isFile() === true && !isImageName(path)),
  })
  watcher.on('add', (path) => files.touch(path))
  watcher.on('change', (path) => files.touch(path))
  watcher.on('unlink', (path) => files.forget(path))
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
