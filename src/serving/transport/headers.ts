// Names of the record headers (docs/wire-format.md), and the only place that writes and reads them: what
// goes with a request, what with its reply, and where a reply goes. Both transports stand on it.
import { maxTimerMs } from '../../domain/budget.ts'
import { readTrace } from '../../domain/trace.ts'
import { wireVersion } from '../../domain/wire-version.ts'
import type { IncomingReply, IncomingRequest, OutgoingRequest } from './transport.ts'

/** Header names and values are ASCII. */
export type Headers = Readonly<Record<string, string>>

const names = {
  version: 'ddnn-version',
  correlationId: 'correlation-id',
  replyPartition: 'reply-partition',
  budgetMs: 'budget-ms',
  clientId: 'client-id',
  traceparent: 'traceparent',
  probe: 'ddnn-probe',
  replays: 'ddnn-replays',
} as const

/** Longest name of an asking process, characters. */
const maxClientId = 200

/**
 * Headers of a request at this moment; none for an original's. The asking process is named by the prefix
 * of its correlation id.
 */
export function requestHeaders(request: OutgoingRequest, replyPartition?: number): Headers {
  const { correlationId, clientId, remainingMs, trace, isProbe } = request
  if (correlationId === undefined) return {}
  const headers: Record<string, string> = {
    [names.version]: String(wireVersion),
    [names.correlationId]: correlationId,
    [names.clientId]: clientId ?? correlationId.slice(0, correlationId.lastIndexOf(':')),
  }
  if (replyPartition !== undefined) headers[names.replyPartition] = String(replyPartition)
  if (remainingMs !== undefined) {
    headers[names.budgetMs] = String(Math.max(0, Math.round(remainingMs())))
  }
  if (trace !== undefined) headers[names.traceparent] = trace.traceparent
  if (isProbe === true) headers[names.probe] = '1'
  return headers
}

/**
 * Headers of a request that is sent again from a dead letter: its own, a budget that begins anew, and how
 * often it was sent again. That one stands first, where no header of a stranger pushes it out of a letter.
 * One without a version is an original's, which carries no budget.
 */
export function replayedHeaders(request: Headers, remainingMs: number): Headers {
  const replays = { [names.replays]: String(replaysOf(request) + 1) }
  const budgetMs = { [names.budgetMs]: String(Math.max(0, Math.round(remainingMs))) }
  return {
    ...replays,
    ...request,
    ...replays,
    ...(request[names.version] === undefined ? {} : budgetMs),
  }
}

/** How often a request was sent again from a dead letter; 0 where that is not told. */
export function replaysOf(request: Headers): number {
  const replays = request[names.replays]
  return replays !== undefined && /^\d{1,9}$/.test(replays) ? Number(replays) : 0
}

/** What a request's headers say; nothing in them is trusted. */
type RequestFacts = Pick<
  IncomingRequest,
  'correlationId' | 'clientId' | 'budgetMs' | 'wireVersion' | 'isProbe' | 'trace'
>

export function readRequestHeaders(headers: Headers): RequestFacts {
  return {
    correlationId: headers[names.correlationId],
    // Passed on and kept for a while: whoever sent it chose its length.
    clientId: headers[names.clientId]?.slice(0, maxClientId),
    budgetMs: parseBudgetMs(headers[names.budgetMs]),
    wireVersion: headers[names.version],
    isProbe: headers[names.probe] !== undefined,
    trace: readTrace(headers[names.traceparent]),
  }
}

/** Milliseconds, at most 25 days; undefined where the header is missing or no number. */
function parseBudgetMs(header: string | undefined): number | undefined {
  if (header === undefined || header.trim() === '') return undefined
  const value = Number(header)
  return Number.isFinite(value) ? Math.min(value, maxTimerMs) : undefined
}

/** Headers of the reply to this request; none for an original's. */
export function replyHeaders(request: Headers): Headers {
  const correlationId = request[names.correlationId]
  if (correlationId === undefined && request[names.version] === undefined) return {}
  return {
    [names.version]: String(wireVersion),
    ...(correlationId === undefined ? {} : { [names.correlationId]: correlationId }),
  }
}

export function readReplyHeaders(
  headers: Headers,
): Pick<IncomingReply, 'correlationId' | 'wireVersion'> {
  return { correlationId: headers[names.correlationId], wireVersion: headers[names.version] }
}

/**
 * The partition that a request asks its reply to go to; undefined where it names none, or nothing that can
 * be one. Whether the reply topic has it is the caller's to check.
 */
export function namedReplyPartition(request: Headers): number | undefined {
  const named = request[names.replyPartition]
  return named !== undefined && /^\d{1,9}$/.test(named) ? Number(named) : undefined
}

/**
 * The partition that a process reads its replies from: its ordinal, where a StatefulSet gives one,
 * else a hash of its id. Sharing one is safe and costs bytes.
 */
export function partitionFor(
  processId: string,
  ordinal: number | undefined,
  partitions: number,
): number {
  return (ordinal ?? fnv1a(processId)) % partitions
}

/** FNV-1a, 32 bits: short, and spreads ids that differ in their last letters only. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash
}
