// Who may ask for inference over HTTP and gRPC: who brings a token of the token file; without a file this
// machine itself, or everybody where the door is open. Health and metrics do not ask here.
import { createHash, timingSafeEqual } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { BlockList, isIP } from 'node:net'
import { ConfigError } from '../../errors.ts'
import type { Logger } from '../../telemetry/log.ts'
import { DoorError } from './protocol.ts'

export interface AccessOptions {
  /** Tokens, one a line; blank lines and lines that begin with # are passed over. */
  readonly tokenFile: string | undefined
  /** Whether who is not on this machine may ask without a token. */
  readonly isOpen: boolean
  readonly log?: Logger | undefined
}

export interface Access {
  /**
   * @param authorization as the header or the metadata says it.
   * @param remoteAddress of the other end of the connection, without its port.
   * @throws DoorError 'unauthenticated' without a token that is known, 'forbidden' from beyond this machine.
   */
  readonly check: (authorization: string | undefined, remoteAddress: string | undefined) => void
}

/** Between two looks at the token file, milliseconds. */
const lookMs = 500

/** @throws DDNN_CONFIG_INVALID when the token file cannot be read or holds no token. */
export function createAccess({ tokenFile, isOpen, log }: AccessOptions): Access {
  if (tokenFile === undefined) {
    return {
      check: (_, remoteAddress) => {
        if (!isOpen && !isLoopback(remoteAddress)) throw forbidden()
      },
    }
  }
  const tokens = openTokens(tokenFile, log)
  return { check: (authorization) => checkToken(authorization, tokens()) }
}

/** Of IPv4 127.0.0.0/8 and of IPv6 ::1, also as ::ffff:127.0.0.1. */
function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false
  // fe80::1%eth0 is an address with its interface.
  const bare = address.split('%')[0] ?? ''
  const family = isIP(bare)
  return family !== 0 && loopback.check(bare, family === 4 ? 'ipv4' : 'ipv6')
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

function forbidden(): DoorError {
  return new DoorError(
    'forbidden',
    'DDNN_TRANSPORT_REFUSED',
    'Expected a request from this machine itself, got one from beyond it',
    { hint: 'Start it with --http-token-file, or with --http-open on a network that you trust' },
  )
}

/** Hashes of the tokens as the file has them now. Nobody is let in while it cannot be read. */
function openTokens(file: string, log: Logger | undefined): () => readonly Buffer[] {
  let state: string | undefined = stateOf(file)
  let tokens = readTokens(file)
  let lookedAt = performance.now()
  return () => {
    const now = performance.now()
    if (now - lookedAt < lookMs) return tokens
    lookedAt = now
    const found = stateOf(file)
    if (found === state) return tokens
    state = found
    try {
      tokens = readTokens(file)
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
export function readTokens(file: string): readonly Buffer[] {
  const invalid = (got: string, cause?: unknown) =>
    new ConfigError(
      'DDNN_CONFIG_INVALID',
      `Expected --http-token-file '${file}' to hold tokens, got ${got}`,
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
  return tokens.map(hashOf)
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Hashes are of one length, and all of them are compared: the time tells nothing of any token. */
function checkToken(authorization: string | undefined, tokens: readonly Buffer[]): void {
  const given = /^Bearer +(.+?) *$/i.exec(authorization ?? '')?.[1]
  const hash = hashOf(given ?? '')
  const isKnown = tokens.reduce((known, token) => timingSafeEqual(token, hash) || known, false)
  if (given !== undefined && isKnown) return
  const got =
    authorization === undefined
      ? 'none'
      : given === undefined
        ? 'another authorization'
        : 'one that is not known'
  throw new DoorError(
    'unauthenticated',
    'DDNN_TRANSPORT_REFUSED',
    `Expected a bearer token, got ${got}`,
    { hint: "Send 'Authorization: Bearer TOKEN' with a token of --http-token-file" },
  )
}
