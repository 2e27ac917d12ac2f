// Hosts as they stand beside a port: an IPv6 address has colons of its own, so it goes in brackets.

/** '::1' and 9092 -> '[::1]:9092'; 'kafka' and 9092 -> 'kafka:9092'. */
export function addressText(host: string, port: number): string {
  return `${bracketed(host)}:${port}`
}

/** As it stands in a URL. What a server binds to for all its addresses is none to connect to. */
export function hostInUrl(host: string): string {
  // Who listens on all of IPv6 takes IPv4 as well (`fallbackHost`), and every machine has this one.
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return bracketed(host)
}

/** Where to listen in place of `host`, on a machine that has no IPv6; undefined for another fault or host. */
export function fallbackHost(host: string, code: string | undefined): string | undefined {
  const isMissing = code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL' || code === 'EINVAL'
  return host === '::' && isMissing ? '0.0.0.0' : undefined
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}
