// What a dead letter says of itself, in headers beside the request's own; the same in both transports.
// `ddnn replay` reads them back.
import type { Headers } from './headers.ts'
import type { Origin, PutAsideReason } from './transport.ts'

/** Longest message that goes along: a broker counts headers as part of the record. */
const maxMessageLength = 1000
/** Longest headers of the request that go along, bytes: whoever sent them chose their size. */
const maxOwnHeaderBytes = 4096

const names = {
  topic: 'origin-topic',
  partition: 'origin-partition',
  offset: 'origin-offset',
  timestamp: 'origin-timestamp',
  code: 'error-code',
  message: 'error-message',
} as const

/** Where the requests of this topic go that no tier can answer. */
export function deadLetterTopic(requestTopic: string): string {
  return `${requestTopic}_dlq`
}

/** The request's own headers, as far as they are of a usual size, its origin and the reason. */
export function deadLetterHeaders(own: Headers, origin: Origin, reason: PutAsideReason): Headers {
  return {
    ...boundedHeaders(own),
    [names.topic]: origin.topic,
    [names.partition]: String(origin.partition),
    [names.offset]: origin.offset,
    [names.timestamp]: String(origin.timestampMs ?? -1),
    [names.code]: reason.code,
    [names.message]: asciiOf(reason.message).slice(0, maxMessageLength),
  }
}

/** What a dead letter says of itself; undefined for a record that is none. */
export interface DeadLetterFacts {
  readonly origin: Origin
  readonly reason: PutAsideReason
  /** The request's own headers. */
  readonly own: Headers
}

export function readDeadLetterHeaders(headers: Headers): DeadLetterFacts | undefined {
  const { [names.topic]: topic, [names.code]: code } = headers
  if (topic === undefined || code === undefined) return undefined
  const timestampMs = Number(headers[names.timestamp] ?? -1)
  const known: readonly string[] = Object.values(names)
  return {
    origin: {
      topic,
      partition: Number(headers[names.partition] ?? -1),
      offset: headers[names.offset] ?? '',
      timestampMs: timestampMs > 0 ? timestampMs : undefined,
    },
    reason: { code, message: headers[names.message] ?? '' },
    own: Object.fromEntries(Object.entries(headers).filter(([name]) => !known.includes(name))),
  }
}

function boundedHeaders(own: Headers): Headers {
  let bytes = 0
  return Object.fromEntries(
    Object.entries(own).filter(([name, value]) => {
      bytes += Buffer.byteLength(name) + Buffer.byteLength(value)
      return bytes <= maxOwnHeaderBytes
    }),
  )
}

function asciiOf(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]+/g, '?')
}
