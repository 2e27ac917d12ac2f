// Addresses as they may be told in messages and logs: users and passwords stay out of them.

const scheme = /^[a-z][a-z\d+.-]*:\/\//i

/** `name:` before a slash is a password that begins with one rather than a host without its port. */
const endsInHost = /(?:^|@)(?:[^:@[\]]+|\[[^\]]*\])(?::\d+)?$/

/**
 * 'https://name:word@host/path?key=1' as 'https://host/path': a query may be a secret too. Of a text that is no
 * address everything up to its last @ goes, since a password may be why it cannot be read.
 */
export function shownUrl(url: URL | string): string {
  const { start, rest } = partsOf(String(url))
  return start + rest.replace(/[?#].*$/su, '')
}

/** A text with '***' for the users and passwords of the addresses in it: `--url=http://***@host/path?key=1`. */
export function withoutUsers(text: string): string {
  if (!text.includes('://')) return text
  return text.replace(/[a-z][a-z\d+.-]*:\/\/\S*/gi, (address) => {
    const { start, user, rest } = partsOf(address)
    return user === '' ? address : `${start}***@${rest}`
  })
}

function partsOf(text: string) {
  const start = scheme.exec(text)?.[0] ?? ''
  const all = text.slice(start.length)
  const read = start === '' || !URL.canParse(text) ? '' : (/^[^/\\?#]*/.exec(all)?.[0] ?? '')
  const authority = endsInHost.test(read) ? read : all
  const end = authority.lastIndexOf('@') + 1
  return { start, user: all.slice(0, end), rest: all.slice(end) }
}
