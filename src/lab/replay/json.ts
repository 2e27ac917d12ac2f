// Letters for machines: one JSON object a line, the summary last; docs/replay.md says what the fields are.
// Values are as they came, with what could steer a terminal as an escape of JSON's.
import { jsonLine } from '../../domain/json-text.ts'
import { codeOf, type Letter } from './letter.ts'
import type { Fate, ReplaySummary } from './summary.ts'

/** `showBytes` of the value go along in hexadecimal, where there are any. */
export function letterJson(
  letter: Letter,
  fate: Fate,
  value: Uint8Array | null,
  showBytes: number,
): string {
  const { partition, offset, facts, problem } = letter
  const origin = facts?.origin
  const shown = value === null || showBytes === 0 ? undefined : value.subarray(0, showBytes)
  return jsonLine({
    kind: 'letter',
    partition,
    offset: String(offset),
    time: isoOf(letter.timestampMs),
    code: codeOf(letter),
    message: facts?.reason.message ?? problem ?? null,
    origin:
      origin === undefined
        ? null
        : {
            topic: origin.topic,
            partition: origin.partition,
            offset: origin.offset,
            time: isoOf(origin.timestampMs),
          },
    clientId: letter.clientId ?? null,
    correlationId: letter.correlationId ?? null,
    replays: letter.replays,
    bytes: value?.byteLength ?? null,
    ...(shown === undefined ? {} : { value: Buffer.from(shown).toString('hex') }),
    fate: fate.kind,
    to: 'to' in fate ? fate.to : null,
    valueFrom: 'valueFrom' in fate ? fate.valueFrom : null,
    reason: 'reason' in fate ? fate.reason : null,
  })
}

export function summaryJson(summary: ReplaySummary): string {
  const { topic, isDryRun, read, matching, codes, fates, lastSent, stopped } = summary
  return jsonLine({
    kind: 'summary',
    topic,
    dryRun: isDryRun,
    read,
    matching,
    codes: Object.fromEntries(codes),
    wouldSend: fates['would-send'],
    sent: fates.sent,
    kept: fates.kept,
    unsure: fates.unsure,
    lastSent: [...lastSent].map(([partition, offset]) => ({ partition, offset: String(offset) })),
    stopped: stopped ?? null,
  })
}

/** Null for a time that is none, or beyond what a Date holds. */
function isoOf(timestampMs: number | undefined): string | null {
  const date = new Date(timestampMs ?? Number.NaN)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}
