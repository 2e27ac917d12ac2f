// The version of this package, and the Node it asks for.
import { existsSync, readFileSync } from 'node:fs'

export interface PackageFacts {
  readonly version: string
  readonly engines: { readonly node: string }
}

/** As the nearest package.json above says it: of dist/cli/version.js, or of a build of the tests. */
export function readPackage(): PackageFacts {
  const above = ['../../package.json', '../../../package.json']
  const files = above.map((path) => new URL(path, import.meta.url))
  const file = files.find((one) => existsSync(one))
  if (file === undefined) throw new Error(`Expected a package.json at ${files.join(' or ')}`)
  return JSON.parse(readFileSync(file, 'utf8')) as PackageFacts
}

export function readVersion(): string {
  return readPackage().version
}
