// Hosts as they stand beside a port: an IPv6 address has colons of its own, so it goes in brackets.
import { BlockList, isIP, isIPv6 } from 'node:net'

/** '::1' and 9092 -> '[::1]:9092'; 'kafka' and 9092 -> 'kafka:9092'. */
export function addressText(host: string, port: number): string {
  return `${bracketed(host)}:${port}`
}

/** 'kafka', 'kafka:9093', '10.0.0.1', '::1', '[::1]' and '[::1]:9093'; what was expected, in words, of others. */
export function readAddress(
  text: string,
  port: number,
): { readonly host: string; readonly port: number } | string {
  if (isIPv6(text)) {
    const [, host = '', own = ''] = /^(.*[^:]):(\d{4,5})$/.exec(text) ?? []
    // Both are addresses: which of them was meant, nobody can say.
    if (isIPv6(host)) return `'[${host}]:${own}' or '[${text}]'`
    return { host: text, port }
  }
  const match = /^(?:\[([^[\]]+)\]|([^:/\s[\]]+))(?::(\d{1,5}))?$/.exec(text)
  const own = match?.[3] === undefined ? port : Number(match[3])
  const host = match?.[1] ?? match?.[2]
  const isHost = match?.[1] === undefined || isIPv6(match[1])
  if (host === undefined || !isHost || own < 1 || own > 65535) {
    return 'host or host:port, and an IPv6 address with a port in brackets ([::1]:9092)'
  }
  return { host, port: own }
}

/** Without the brackets that it has beside a port or in a URL: '::1' of '[::1]'. */
export function bareHost(host: string): string {
  const inside = /^\[(.+)\]$/.exec(host)?.[1]
  return inside !== undefined && isIPv6(inside) ? inside : host
}

/** As it stands in a URL. What a server binds to for all its addresses is none to connect to. */
export function hostInUrl(host: string): string {
  // Who listens on all of IPv6 takes IPv4 as well (`fallbackHost`), and every machine has this one.
  if (host === '0.0.0.0' || bareHost(host) === '::') return '127.0.0.1'
  return bracketed(host)
}

/** What is wrong with an http address that cannot be read, where it is the IPv6 address in it. */
export function urlAdvice(text: string): string | undefined {
  const isBare = /^https?:\/\/(?!\[)[^/]*:[^/]*:|^https?:\/\/[^/]*%/i.test(text)
  return isBare ? 'an IPv6 address in brackets and without a zone (http://[::1]:8080)' : undefined
}

/** Where to listen in place of `host`, on a machine that has no IPv6; undefined for another fault or host. */
export function fallbackHost(host: string, code: string | undefined): string | undefined {
  const isMissing = code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL' || code === 'EINVAL'
  return host === '::' && isMissing ? '0.0.0.0' : undefined
}

const noAddress = ['ENOTFOUND', 'EAI_AGAIN', 'EADDRNOTAVAIL', 'EINVAL']

/** Why nobody can listen there, and what to do: of `code`, what the system says. `flag` is the port's. */
export function listenProblem(
  flag: string,
  port: number,
  host: string,
  code: string,
): { readonly message: string; readonly hint: string } {
  if (noAddress.includes(code)) {
    return {
      message: `Expected --http-host to be an address of this machine, got '${host}' (${code})`,
      hint: 'Pass an address or name alone, without a port: 127.0.0.1 for this machine, :: or 0.0.0.0 for all',
    }
  }
  const message = `Expected ${flag} ${port} on '${host}' to be free, got ${code}`
  return code === 'EACCES'
    ? { message, hint: "Pass a port from 1024 on: those below are the system's own" }
    : { message, hint: 'Pass another port, or 0 for a free one' }
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
}

/** Of IPv4 127.0.0.0/8 and of IPv6 ::1, also as ::ffff:127.0.0.1. */
export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false
  // fe80::1%eth0 is an address with its interface.
  const bare = address.split('%')[0] ?? ''
  const family = isIP(bare)
  return family !== 0 && loopback.check(bare, family === 4 ? 'ipv4' : 'ipv6')
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')
