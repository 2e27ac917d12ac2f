// The version of this package, and the Node it asks for.
import { readFileSync } from 'node:fs'

export interface PackageFacts {
  readonly version: string
  readonly engines: { readonly node: string }
}

/** As package.json says it, two folders above dist/cli/version.js. */
export function readPackage(): PackageFacts {
  const file = new URL('../../package.json', import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')) as PackageFacts
}

export function readVersion(): string {
  return readPackage().version
}
