// Where an archive comes from: an address of the web, or a file of this machine.
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { shownUrl } from '../../domain/shown-url.ts'
import { ConfigError } from '../../errors.ts'

export type Source =
  | { readonly kind: 'web'; readonly url: URL; readonly shown: string }
  | { readonly kind: 'file'; readonly path: string; readonly shown: string }

/**
 * An address of http or https, a file: address, or a path. `shown` is without user, password and query,
 * which may be secrets.
 * @throws DDNN_CONFIG_INVALID for another scheme.
 */
export function parseSource(given: string): Source {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(given)?.[1]?.toLowerCase()
  // One letter before the colon would be a drive of Windows.
  if (scheme === undefined) return { kind: 'file', path: resolve(given), shown: given }
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (url !== undefined && (scheme === 'http' || scheme === 'https')) {
    return { kind: 'web', url, shown: shownUrl(url) }
  }
  if (url !== undefined && scheme === 'file' && url.host === '') {
    return { kind: 'file', path: fileURLToPath(url), shown: fileURLToPath(url) }
  }
  throw new ConfigError(
    'DDNN_CONFIG_INVALID',
    `Expected --mirror to be an http or https address, or a file, got '${shownUrl(given)}'`,
  )
}
