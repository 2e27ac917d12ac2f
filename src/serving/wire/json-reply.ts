// Replies as the original's JSON. Seconds and hyphens live here and in the CSV only. Keys that the
// original does not have (exit, confidence, fallback, labels, error) disturb no original: it reads the
// four or five that it knows.
//
//   {"result": [[1.5, -0.2]], "device": "edge", "execution-time": 0.004, "total-time": 0.02,
//    "exit": 0, "confidence": 0.85, "next": {...}}
import { argmax } from '../../domain/confidence.ts'
import type { ExitResult, Reply, ReplyProblem } from '../../domain/reply.ts'
import { FrameError } from '../../errors.ts'
import { isNull, readObject, readString, type Span } from './json-cursor.ts'
import { numberText, parseDouble, skipNumber } from './json-numbers.ts'
import { scanLists } from './json-tensor.ts'
import { maxClasses, maxHops, maxProblemLength } from './limits.ts'

type Members = ReadonlyMap<string, Span>

/**
 * The text of a reply. The values of an early exit are [[...]], those of the family's last exit [...],
 * none is []: an original takes all three.
 */
export function writeJsonReply(reply: Reply): string {
  const { result, problem, next } = reply
  const members = [
    ['result', resultText(result)],
    ['device', JSON.stringify(reply.tier)],
    ['execution-time', numberText(reply.computeMs / 1000)],
    ['total-time', numberText(reply.totalMs / 1000)],
  ]
  if (result !== undefined) members.push(['exit', String(result.exit)])
  if (result?.confidence !== undefined) members.push(['confidence', numberText(result.confidence)])
  if (reply.fallback) members.push(['fallback', 'true'])
  if (reply.labelsHash !== undefined) members.push(['labels', JSON.stringify(reply.labelsHash)])
  if (problem !== undefined) members.push(['error', problemText(problem)])
  if (next !== undefined) members.push(['next', writeJsonReply(next)])
  return `{${members.map(([key, text]) => `"${key}": ${text}`).join(', ')}}`
}

/**
 * Reads a reply of an original or of ours. What an original does not say is undefined; the `result`
 * of one that offloaded is its raw input (a fault of the original), so it is left out.
 * @throws DDNN_FRAME_MALFORMED when it is no reply.
 */
export function parseJsonReply(text: Uint8Array, start = 0, hop = 1): Reply {
  if (hop > maxHops) throw malformed(`at most ${maxHops} hops`)
  const { members } = readObject(text, start)
  const resultSpan = members.get('result')
  const tierSpan = members.get('device')
  if (resultSpan === undefined || tierSpan === undefined) throw malformed("'result' and 'device'")
  const nextSpan = present(text, members, 'next')
  const next = nextSpan && parseJsonReply(text, nextSpan.start, hop + 1)
  const isRawInput = next !== undefined && !members.has('exit')
  const labels = present(text, members, 'labels')
  const error = present(text, members, 'error')
  return {
    tier: readString(text, tierSpan),
    result: isRawInput ? undefined : parseResult(text, resultSpan, members),
    computeMs: secondsToMs(text, members, 'execution-time'),
    totalMs: secondsToMs(text, members, 'total-time'),
    fallback: isTrue(text, members.get('fallback')),
    labelsHash: labels && readString(text, labels),
    problem: error && parseProblem(text, error),
    next,
  }
}

function resultText(result: ExitResult | undefined): string {
  if (result === undefined) return '[]'
  const values = `[${result.logits.map(numberText).join(', ')}]`
  return result.isLast === true ? values : `[${values}]`
}

function problemText(problem: ReplyProblem): string {
  const message = problem.message.slice(0, maxProblemLength)
  return JSON.stringify({ code: problem.code, message })
}

/** [...] or [[...]] of class values; undefined for every other value, which an original may send. */
function parseResult(text: Uint8Array, span: Span, members: Members): ExitResult | undefined {
  const shape = shapeOf(text, span)
  if (shape === undefined) return undefined
  const logits = parseNumbers(text, span)
  const exit = numberOf(text, members.get('exit'))
  return {
    exit: exit !== undefined && Number.isSafeInteger(exit) ? exit : -1,
    isLast: shape.length === 1,
    logits,
    prediction: argmax(logits),
    confidence: numberOf(text, members.get('confidence')),
  }
}

/** Shape of the lists where they are one vector, with or without a batch axis. */
function shapeOf(text: Uint8Array, span: Span): readonly number[] | undefined {
  try {
    const { shape } = scanLists(text, span.start, maxClasses)
    const isVector = shape.length === 1 || (shape.length === 2 && shape[0] === 1)
    return isVector ? shape : undefined
  } catch (thrown) {
    if (thrown instanceof FrameError) return undefined
    throw thrown
  }
}

function parseNumbers(text: Uint8Array, span: Span): number[] {
  const numbers: number[] = []
  for (let at = span.start; at < span.end;) {
    const end = isListByte(text[at] as number) ? -1 : skipNumber(text, at)
    if (end !== -1) numbers.push(parseDouble(text, at, end))
    at = end === -1 ? at + 1 : end
  }
  return numbers
}

function isListByte(byte: number): boolean {
  return byte === 0x5b || byte === 0x5d || byte === 0x2c || byte <= 0x20
}

function parseProblem(text: Uint8Array, span: Span): ReplyProblem {
  const { members } = readObject(text, span.start)
  const code = members.get('code')
  const message = members.get('message')
  if (code === undefined || message === undefined)
    throw malformed("'code' and 'message' of an error")
  return { code: readString(text, code), message: readString(text, message) }
}

function secondsToMs(text: Uint8Array, members: Members, key: string): number {
  const seconds = numberOf(text, members.get(key))
  return seconds === undefined || !(seconds >= 0) ? 0 : seconds * 1000
}

function numberOf(text: Uint8Array, span: Span | undefined): number | undefined {
  if (span === undefined || skipNumber(text, span.start) !== span.end) return undefined
  return parseDouble(text, span.start, span.end)
}

function isTrue(text: Uint8Array, span: Span | undefined): boolean {
  return span !== undefined && text[span.start] === 0x74
}

function present(text: Uint8Array, members: Members, key: string): Span | undefined {
  const span = members.get(key)
  return span === undefined || isNull(text, span) ? undefined : span
}

function malformed(expected: string): FrameError {
  return new FrameError('DDNN_FRAME_MALFORMED', `Expected a JSON reply with ${expected}`)
}
