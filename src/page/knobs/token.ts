// The token that lets this page turn thresholds: from the address's fragment, which no server sees, or typed. Kept until
// the tab is closed.

const key = 'ddnn-token'

/** Takes it out of the address, so that it is not copied or kept in a history with it. */
export function tokenOfAddress(): string | undefined {
  const { hash, pathname, search } = location
  const given = new URLSearchParams(hash.slice(1)).get('token')
  if (given !== null && given !== '') {
    keepToken(given)
    history.replaceState(null, '', pathname + search)
  }
  return given || keptToken()
}

function keptToken(): string | undefined {
  try {
    return sessionStorage.getItem(key) ?? undefined
  } catch {
    return undefined
  }
}

/** Undefined forgets it. */
export function keepToken(token: string | undefined): void {
  try {
    if (token === undefined) sessionStorage.removeItem(key)
    else sessionStorage.setItem(key, token)
  } catch {
    // It holds until the page is left.
  }
}
