// What each word of the command line means: a photo, a folder, a pattern, stdin, an address, a video or a camera.
import { statSync, type Stats } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { isDynamicPattern } from 'tinyglobby'
import { urlAdvice } from '../../../domain/host-address.ts'
import { shownUrl, withoutUsers } from '../../../domain/shown-url.ts'
import { pathOfShown } from '../../../input/file-name.ts'
import { codeOf } from '../../../input/list-files.ts'
import { typedPath } from '../../../input/typed-path.ts'
import type { ImageSource } from '../classify.ts'
import { addressSource } from './address.ts'
import { fileSource, folderSource, globSource } from './files.ts'
import { missingSource } from './missing.ts'
import { stdinSource } from './stdin.ts'
import { videoSource, type FrameCounts } from './video.ts'
import { watchSource } from './watch.ts'

interface SourcesOptions {
  readonly words: readonly string[]
  /** Whether folders are watched, and whether for what is new alone. */
  readonly watch: 'all' | 'new' | undefined
  readonly onWatching: () => void
  readonly fps: number | undefined
  readonly minChange: number
  readonly counts: FrameCounts
  /** For one address, milliseconds. */
  readonly timeoutMs: number
}

export interface OpenedSources {
  /** In the order of the words, but for what never ends by itself: that comes last. */
  readonly sources: readonly ImageSource[]
  /** Whether there is something that never ends by itself: watched folders, a camera. */
  readonly isEndless: boolean
  /** Whether none of the words is there at all, so that nobody needs to be asked. */
  readonly isNothing: boolean
}

const videoEndings = /\.(mp4|m4v|mov|mkv|webm|avi|mpe?g|m2ts|mts|mjpe?g|wmv|flv|ogv|3gp)$/i

/** Nothing is read yet. Problems of the words together are added to the list. */
export function openSources(options: SourcesOptions, problems: string[]): OpenedSources {
  const sources: ImageSource[] = []
  const cameras: ImageSource[] = []
  const watched: string[] = []
  const kinds = options.words.map(kindOf)
  for (const [i, word] of options.words.entries()) {
    const kind = kinds[i] ?? 'missing'
    if (kind === 'camera') cameras.push(cameraOf(word, options))
    else if (kind === 'folder' && options.watch !== undefined) watched.push(word)
    else sources.push(sourceOf(word, kind, options))
  }
  if (options.words.filter((word) => word === '-').length > 1) {
    problems.push("Expected '-' once, got it several times: stdin holds one image")
  }
  if (options.watch !== undefined && watched.length === 0) {
    problems.push('Expected a folder with --watch, got none')
  }
  if (cameras.length + Math.min(1, watched.length) > 1) {
    problems.push('Expected one camera, or watched folders, got several: neither ever ends')
  }
  const folders = watchSource({
    folders: watched,
    isNewOnly: options.watch === 'new',
    onReady: options.onWatching,
  })
  const endless = [...cameras, ...(watched.length > 0 ? [folders] : [])]
  return {
    sources: [...sources, ...endless],
    isEndless: endless.length > 0,
    isNothing: kinds.every((kind) => kind === 'missing'),
  }
}

type Kind =
  | ('stdin' | 'address' | 'camera' | 'folder' | 'file' | 'video' | 'pattern' | 'missing')
  /** What the system says (EACCES) of what cannot be looked at. */
  | { readonly closed: string }

function kindOf(word: string): Kind {
  if (word === '-') return 'stdin'
  if (/^https?:\/\//i.test(word)) return 'address'
  if (/^camera:/i.test(word) || /^\/dev\/video\d+$/.test(word)) return 'camera'
  const found = lookAt(pathOf(word))
  if (typeof found === 'string') return { closed: found }
  if (found?.isDirectory() === true) return 'folder'
  if (found !== undefined) return videoEndings.test(word) ? 'video' : 'file'
  return isDynamicPattern(word) ? 'pattern' : 'missing'
}

/** Undefined of what is not there; what the system says (EACCES, ELOOP) of what cannot be looked at. */
function lookAt(path: string): Stats | string | undefined {
  try {
    return statSync(pathOfShown(path), { throwIfNoEntry: false })
  } catch (cause) {
    const code = codeOf(cause)
    return ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(code) ? undefined : code
  }
}

function sourceOf(word: string, kind: Exclude<Kind, 'camera'>, options: SourcesOptions) {
  if (typeof kind !== 'string') return closedSource(word, kind.closed)
  const path = pathOf(word)
  switch (kind) {
    case 'stdin':
      return stdinSource(process.stdin)
    case 'address':
      return URL.canParse(word) ? addressSource(new URL(word), options) : unreadAddress(word)
    case 'folder':
      return folderSource(path)
    case 'file':
      return fileSource(path)
    case 'video':
      return videoSource({ ...options, name: path, input: { kind: 'file', path } })
    case 'pattern':
      return globSource(path)
    case 'missing':
      return nothingThere(word)
  }
}

function unreadAddress(word: string): ImageSource {
  const advice = urlAdvice(word)
  const how = advice === undefined ? '' : `, ${advice}`
  return missingSource(
    shownUrl(word),
    `Expected an http or https address${how}, got one that cannot be read`,
  )
}

function nothingThere(word: string): ImageSource {
  const scheme = /^([a-z][a-z\d+.-]+):\/\//i.exec(word)?.[1]
  return scheme === undefined
    ? missingSource(
        withoutUsers(word),
        'Expected an image, a folder or a pattern, got no such file',
      )
    : missingSource(shownUrl(word), `Expected an http or https address, got one of ${scheme}`, {
        hint: 'Fetch the image first, and pass its file',
      })
}

function closedSource(word: string, code: string): ImageSource {
  const message = `Expected a file that can be looked at, got ${code}`
  return missingSource(word, message, {}, 'DDNN_INPUT_UNREADABLE')
}

function cameraOf(word: string, options: SourcesOptions): ImageSource {
  const device = word.replace(/^camera:/i, '') || '0'
  return videoSource({ ...options, name: word, input: { kind: 'camera', device } })
}

function pathOf(word: string): string {
  if (!/^file:\//i.test(word)) return typedPath(word)
  try {
    return fileURLToPath(word)
  } catch {
    // A host where a path was meant, file://photo.jpg: then there is no such file.
    return word
  }
}
