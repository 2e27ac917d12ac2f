// Who may ask for inference over HTTP and gRPC: who brings a token of the token file; without a file this
// machine itself, or everybody where the door is open. Health and metrics do not ask here.
import { isLoopback } from '../../domain/host-address.ts'
import type { Logger } from '../../telemetry/log.ts'
import { DoorError } from './protocol.ts'
import { openTokens, tokenProblem } from './tokens.ts'

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

/** @throws DDNN_CONFIG_INVALID when the token file cannot be read or holds no token. */
export function createAccess({ tokenFile, isOpen, log }: AccessOptions): Access {
  if (tokenFile === undefined) {
    return {
      check: (_, remoteAddress) => {
        if (!isOpen && !isLoopback(remoteAddress)) throw forbidden()
      },
    }
  }
  const tokens = openTokens(tokenFile, '--http-token-file', log)
  return {
    check: (authorization) => {
      const got = tokenProblem(authorization, tokens())
      if (got !== undefined) throw unauthenticated(got)
    },
  }
}

function forbidden(): DoorError {
  return new DoorError(
    'forbidden',
    'DDNN_TRANSPORT_REFUSED',
    'Expected a request from this machine itself, got one from beyond it',
    { hint: 'Start it with --http-token-file, or with --http-open on a network that you trust' },
  )
}

function unauthenticated(got: string): DoorError {
  return new DoorError(
    'unauthenticated',
    'DDNN_TRANSPORT_REFUSED',
    `Expected a bearer token, got ${got}`,
    { hint: "Send 'Authorization: Bearer TOKEN' with a token of --http-token-file" },
  )
}
