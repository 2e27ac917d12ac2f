// The flags of the live page.
import { bareHost } from '../domain/host-address.ts'
import type { PageConfig } from './config.ts'
import type { Values } from './flag-types.ts'
import { pageFlags } from './flags/page.ts'

/** Undefined where it is switched off. */
export function readPage(values: Values<'run'>, problems: string[]): PageConfig | undefined {
  if (!values.boolean('page')) return undefined
  const hosts = values.words('page-hosts').map((host) => bareHost(host.toLowerCase()))
  for (const host of hosts) {
    if (host === '*' || URL.canParse(`http://${host.includes(':') ? `[${host}]` : host}`)) continue
    problems.push(
      `Expected --page-hosts to be names or addresses without scheme and port, got '${host}'`,
    )
  }
  const file = values.string('page-token-file')
  return { hosts, tokens: file === undefined ? undefined : { file } }
}

/** Typed flags of a page that is not there: a warning each. */
export function pageWithoutPort(values: Values<'run'>): readonly string[] {
  if (values.isGiven('http-port')) return []
  return pageFlags
    .filter(({ name }) => values.isTyped(name))
    .map(({ name }) => `--${name} has no effect without --http-port`)
}
