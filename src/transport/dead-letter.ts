// What a dead letter says of itself, in headers beside the request's own; the same in both transports.
import type { Headers, IncomingRequest } from './transport.ts'

/** Longest message that goes along: a broker counts headers as part of the record. */
const maxMessageLength = 1000

/** Where the requests of this topic go that no tier can answer. */
export function deadLetterTopic(requestTopic: string): string {
  return `${requestTopic}_dlq`
}

/**
 * The request's own headers, its origin and the reason. `timestamp` is the broker's, milliseconds
 * since 1970.
 */
export function deadLetterHeaders(
  request: IncomingRequest,
  timestamp: string,
  reason: { readonly code: string; readonly message: string },
): Headers {
  const { topic, partition, offset } = request.origin
  return {
    ...request.headers,
    'origin-topic': topic,
    'origin-partition': String(partition),
    'origin-offset': offset,
    'origin-timestamp': timestamp,
    'error-code': reason.code,
    'error-message': asciiOf(reason.message).slice(0, maxMessageLength),
  }
}

function asciiOf(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]+/g, '?')
}
