// Names of the record headers (docs/wire-format.md) and what both transports read out of them: where
// a reply goes, and whether a request comes from an original, which knows no headers.
import { versionHeader, wireVersion } from '../domain/wire-version.ts'
import type { Headers } from './transport.ts'

export const headerNames = {
  version: versionHeader,
  correlationId: 'correlation-id',
  replyPartition: 'reply-partition',
  budgetMs: 'budget-ms',
  clientId: 'client-id',
} as const

/** A request of an original carries no headers of ours; its reply carries none either. */
export function isOriginal(request: Headers): boolean {
  return (
    request[headerNames.version] === undefined && request[headerNames.correlationId] === undefined
  )
}

/**
 * The partition that a request asks its reply to go to; undefined, so any, where it names none or one
 * that the reply topic does not have: a message chooses no place that the asker could not be at.
 */
export function replyPartitionOf(request: Headers, partitions: number): number | undefined {
  const named = request[headerNames.replyPartition]
  if (named === undefined || !/^\d{1,9}$/.test(named)) return undefined
  const partition = Number(named)
  return partition < partitions ? partition : undefined
}

/** Headers of the reply to this request: the tier's own, with the id that the asker waits for. */
export function replyHeaders(request: Headers, own: Headers): Headers {
  if (isOriginal(request)) return {}
  const correlationId = request[headerNames.correlationId]
  return {
    ...own,
    [headerNames.version]: String(wireVersion),
    ...(correlationId === undefined ? {} : { [headerNames.correlationId]: correlationId }),
  }
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
