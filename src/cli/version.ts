// The version of this package.
import { readFileSync } from 'node:fs'

/** As package.json says it, two folders above dist/cli/version.js. */
export function readVersion(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
