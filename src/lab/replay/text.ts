// Letters for a terminal: a line of facts, the reason, where it came from. All of it came over the network.
import { visibleText } from '../../domain/visible.ts'
import { codeOf, type Letter } from './letter.ts'
import type { Fate, ReplaySummary } from './summary.ts'

const codeWidth = 26
const bytesOfRow = 16

/** Several lines with their line breaks; `showBytes` of the value are shown. */
export function letterText(
  letter: Letter,
  fate: Fate,
  value: Uint8Array | null,
  showBytes: number,
): string {
  const place = `${letter.partition}/${letter.offset}`.padEnd(10)
  const when = timeText(letter.timestampMs).padEnd(24)
  const size = value === null ? 'no value' : `${value.byteLength} bytes`
  const lines = [`${place}  ${when}  ${codeOf(letter).padEnd(codeWidth)}  ${size}`]
  const message = letter.facts?.reason.message ?? letter.problem ?? ''
  if (message !== '') lines.push(message)
  lines.push(originText(letter), fateText(fate))
  const [head = '', ...rest] = lines.map(visibleText)
  const shown = value === null ? [] : dump(value.subarray(0, showBytes))
  const indented = [...rest.filter((line) => line !== ''), ...shown].map((line) => `    ${line}`)
  return `${[head, ...indented].join('\n')}\n`
}

function timeText(timestampMs: number | undefined): string {
  const date = new Date(timestampMs ?? Number.NaN)
  return Number.isNaN(date.getTime()) ? 'at an unknown time' : date.toISOString()
}

function originText({ facts, clientId, correlationId, replays }: Letter): string {
  const parts: string[] = []
  if (facts !== undefined) {
    const { topic, partition, offset } = facts.origin
    parts.push(`from ${topic} ${partition}/${offset}`)
  }
  if (clientId !== undefined) parts.push(`client ${clientId}`)
  if (correlationId !== undefined) parts.push(`id ${correlationId}`)
  if (replays > 0) parts.push(`sent again ${replays} ${replays === 1 ? 'time' : 'times'} before`)
  return parts.join(', ')
}

function fateText(fate: Fate): string {
  switch (fate.kind) {
    case 'would-send':
      return `-> would go to ${fate.to}${valueText(fate.valueFrom)}`
    case 'sent':
      return `-> sent to ${fate.to}${valueText(fate.valueFrom)}`
    case 'kept':
      return `-- not to be sent: ${fate.reason}`
    case 'unsure':
      return `?? may have been sent: ${fate.reason}`
  }
}

const valueText = (from: 'letter' | 'origin') =>
  from === 'origin' ? ', its value read where it came from' : ''

/** '44 44 4e 4e ...  DDNN', 16 bytes a line. */
function dump(bytes: Uint8Array): readonly string[] {
  const rows: string[] = []
  for (let at = 0; at < bytes.length; at += bytesOfRow) {
    const row = [...bytes.subarray(at, at + bytesOfRow)]
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
    rows.push(`${hex.padEnd(3 * bytesOfRow)} ${text.join('')}`)
  }
  return rows
}

/** The last lines: counts by code, what was done, and how to go on. */
export function summaryText(summary: ReplaySummary): string {
  const { topic, read, matching, codes, fates, stopped, isDryRun, lastSent } = summary
  const lines = [
    '',
    `${matching} of ${read} letters of ${topic}`,
    ...codes.map(([code, count]) => `${String(count).padStart(8)}  ${code}`),
  ]
  const would = fates['would-send']
  if (isDryRun && matching > 0) {
    const how = would > 0 ? '; --resend sends them' : ''
    lines.push(`Nothing was sent. ${would} can be sent again, ${fates.kept} cannot${how}`)
  } else if (!isDryRun) {
    const unsure = fates.unsure > 0 ? `, ${fates.unsure} may have been sent` : ''
    lines.push(`${fates.sent} sent again, ${fates.kept} not${unsure}. The letters stay in ${topic}`)
    for (const [partition, offset] of lastSent) {
      lines.push(`    to go on behind them: --partition ${partition} --offset ${offset + 1n}..`)
    }
  }
  if (stopped !== undefined) {
    lines.push(`Ended early: ${stopped}. Partitions are read in order: later ones were not begun`)
  }
  return `${lines.map(visibleText).join('\n')}\n`
}
