// An address that a server listens on, as who asks it writes it.

/** As it stands in a URL. What a server binds to for all its addresses is none to connect to. */
export function hostInUrl(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}
