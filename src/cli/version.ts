// The version of this package, and the Node it asks for.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../package-root.ts'

interface PackageFacts {
  readonly version: string
  readonly engines: { readonly node: string }
}

export function readPackage(): PackageFacts {
  return JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as PackageFacts
}

export function readVersion(): string {
  return readPackage().version
}
