// The error of both transports for what is asked of a link after, or is under way during, its close.
import { TransportError } from '../../errors.ts'

/** DDNN_TRANSPORT_CLOSED; `what` is 'reply', 'request' or 'dead letter'. */
export function closedError(what: string, topic: string): TransportError {
  return new TransportError(
    'DDNN_TRANSPORT_CLOSED',
    `Expected the link to '${topic}' to stay open for a ${what}, but it was closed`,
  )
}
