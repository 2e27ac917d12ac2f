// Who may see the live page: who is on this machine and calls it by a name of its own, or by a name that was allowed. A page
// of elsewhere that a browser here has open is refused: by the name it was led to (DNS rebinding), and by its origin.
import type { IncomingHttpHeaders } from 'node:http'
import { bareHost, isLoopback } from '../../domain/host-address.ts'

export interface Visitor {
  readonly headers: IncomingHttpHeaders
  readonly method: string
  /** Of the other end of the connection. */
  readonly remoteAddress: string | undefined
}

/** Names and addresses by which the page may be called from elsewhere; `*` is any. */
export type PageHosts = readonly string[]

/** Why it is refused, in words; undefined where it may. */
export function refusalOf(visitor: Visitor, hosts: PageHosts): string | undefined {
  const { headers, remoteAddress } = visitor
  const host = hostOf(headers.host)
  if (host === undefined) return 'Expected a Host header'
  if (!isOwnName(host) && !hosts.includes('*') && !hosts.includes(host)) {
    return `Expected this page to be called by localhost${hosts.length === 0 ? '' : ` or ${hosts.join(', ')}`}, got ${host}; --page-hosts names others`
  }
  if (hosts.length === 0 && !isLoopback(remoteAddress)) {
    return 'Expected a request from this machine itself, got one from beyond it; --page-hosts opens the page'
  }
  // Who asks through a proxy on this machine may be anybody.
  if (hosts.length === 0 && forwarded.some((name) => headers[name] !== undefined)) {
    return 'Expected a request from this machine itself, got one through a proxy; --page-hosts opens the page'
  }
  return isOfOtherOrigin(visitor)
    ? 'Expected a request of this page itself, got one of another origin'
    : undefined
}

const forwarded = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
]

/** Browsers say where a request comes from; other programs say nothing, and bring no cookies or rights of anybody. */
function isOfOtherOrigin({ headers, method }: Visitor): boolean {
  const { origin, host } = headers
  if (origin !== undefined) return originHost(origin) !== host?.toLowerCase()
  const site = headers['sec-fetch-site']
  if (site === undefined || site === 'same-origin' || site === 'none') return false
  // A link on another page may lead here: then the browser shows this page, and that one sees nothing of it.
  return !(
    method === 'GET' &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document'
  )
}

/** Undefined of `null`, which sandboxes and files send. */
function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}

/** Without its port: 'localhost' of 'localhost:8080', '::1' of '[::1]:8080'. */
function hostOf(header: string | undefined): string | undefined {
  const url = `http://${header}`
  if (header === undefined || header === '' || !URL.canParse(url)) return undefined
  return bareHost(new URL(url).hostname.toLowerCase())
}

function isOwnName(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || isLoopback(host)
}
