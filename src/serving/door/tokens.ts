// Bearer tokens of a file, one a line: kept as hashes, and read anew when the file changes.
import { createHash, timingSafeEqual } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { ConfigError } from '../../errors.ts'
import type { Logger } from '../../telemetry/log.ts'

export type TokenFlag = '--http-token-file' | '--page-token-file'

/** Between two looks at the file, milliseconds. */
const lookMs = 500

/** Hashes of the tokens as the file has them now. Nobody is let in while it cannot be read. */
export function openTokens(
  file: string,
  flag: TokenFlag,
  log: Logger | undefined,
): () => readonly Buffer[] {
  let state: string | undefined = stateOf(file)
  let tokens = readTokens(file, flag)
  let lookedAt = performance.now()
  return () => {
    const now = performance.now()
    if (now - lookedAt < lookMs) return tokens
    lookedAt = now
    const found = stateOf(file)
    if (found === state) return tokens
    state = found
    try {
      tokens = readTokens(file, flag)
      log?.info({ tokens: tokens.length }, `the tokens of '${file}' were read anew`)
    } catch (thrown) {
      if (tokens.length > 0) log?.error(`nobody is let in: ${(thrown as Error).message}`)
      tokens = []
      // What keeps it from being read may pass without a change of the file.
      state = undefined
    }
    return tokens
  }
}

/** Changes with the file; a mounted secret is swapped by its link, so the inode counts too. */
function stateOf(file: string): string {
  try {
    const found = statSync(file)
    return `${found.ino} ${found.size} ${found.mtimeMs}`
  } catch {
    return ''
  }
}

/**
 * Hashes of the tokens of a file.
 * @throws DDNN_CONFIG_INVALID when it cannot be read or holds none.
 */
export function readTokens(file: string, flag: TokenFlag): readonly Buffer[] {
  const invalid = (got: string, cause?: unknown) =>
    new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected ${flag} '${file}' to hold tokens, got ${got}`,
      { hint: 'Write one token a line, for example of `openssl rand -hex 32`', cause },
    )
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw invalid((cause as NodeJS.ErrnoException).code ?? String(cause), cause)
  }
  const lines = text.replace(/^\ufeff/, '').split(/\r?\n/)
  const tokens = lines.map((line) => line.trim()).filter((line) => line !== '' && line[0] !== '#')
  if (tokens.length === 0) throw invalid('none')
  return tokens.map(hashToken)
}

export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/**
 * What an authorization header brought in place of a token that is known, in words; undefined where it brought one.
 * Hashes are of one length, and all of them are compared: the time tells nothing of any token.
 */
export function tokenProblem(
  authorization: string | undefined,
  tokens: readonly Buffer[],
): string | undefined {
  const text = (/^Bearer +(\S.*)/i.exec(authorization ?? '')?.[1] ?? '').trimEnd()
  const given = text === '' ? undefined : text
  const hash = hashToken(given ?? '')
  const isKnown = tokens.reduce((known, token) => timingSafeEqual(token, hash) || known, false)
  if (authorization === undefined) return 'none'
  if (given === undefined) return 'another authorization'
  return isKnown ? undefined : 'one that is not known'
}
