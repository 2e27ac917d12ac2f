// The folder of this package, for what it brings beside its program: models, samples, profiles, scripts.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The nearest folder above with a package.json: of dist/, or of a build of the tests. Absolute. */
export const packageRoot = find(dirname(fileURLToPath(import.meta.url)))

function find(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder
  const above = dirname(folder)
  if (above === folder) throw new Error(`Expected a package.json above ${import.meta.url}`)
  return find(above)
}
