// The files of the live page, as the build bundled them into the package: read once, and never another path than these.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { watchPaths } from '../../domain/watch.ts'
import { packageRoot } from '../../package-root.ts'

interface PageFile {
  readonly type: string
  readonly bytes: Buffer
}

export interface PageFiles {
  /** By the path of a URL; undefined where there is none. */
  read(path: string): Promise<PageFile | undefined>
}

const types: Readonly<Record<string, { readonly file: string; readonly type: string }>> = {
  [watchPaths.page]: { file: 'index.html', type: 'text/html; charset=utf-8' },
  [`${watchPaths.files}page.js`]: { file: 'page.js', type: 'text/javascript; charset=utf-8' },
  [`${watchPaths.files}page.css`]: { file: 'page.css', type: 'text/css; charset=utf-8' },
  [`${watchPaths.files}licences.txt`]: { file: 'licences.txt', type: 'text/plain; charset=utf-8' },
}

export function createPageFiles(folder = join(packageRoot, 'dist', 'page')): PageFiles {
  const read = new Map<string, Promise<PageFile | undefined>>()
  return {
    read(path) {
      const known = Object.hasOwn(types, path) ? types[path] : undefined
      if (known === undefined) return Promise.resolve(undefined)
      let file = read.get(path)
      if (file === undefined) {
        file = readFile(join(folder, known.file)).then(
          (bytes) => ({ type: known.type, bytes }),
          () => undefined,
        )
        read.set(path, file)
      }
      return file
    },
  }
}
