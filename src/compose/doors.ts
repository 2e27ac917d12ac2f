// The doors of a process by its flags: HTTP on the port of its health, gRPC on its own.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CommonConfig } from '../cli/config.ts'
import type { Backend } from '../door/door.ts'
import type { LinkContext } from './links.ts'

export interface Doors {
  /** Answers what is the door's; false for what is not. Undefined where there is no HTTP port. */
  readonly http: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
  /** Takes no more, and finishes what is under way until the signal aborts. Idempotent. */
  close(signal: AbortSignal): Promise<void>
}

/** @throws DDNN_CONFIG_INVALID for a port, a token file or a certificate that cannot be used. */
export function openDoors(
  _config: CommonConfig,
  _backend: Backend,
  _context: LinkContext,
): Promise<Doors> {
  return Promise.resolve({ http: undefined, close: () => Promise.resolve() })
}
