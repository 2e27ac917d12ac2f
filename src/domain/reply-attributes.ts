// What a span says of an answer.
import { answerOf, hopsOf, isFallback, type Reply } from './reply.ts'

/** Which exit of which tier answered, and how sure it was. */
export function answerAttributes(
  reply: Reply,
): Readonly<Record<string, string | number | boolean | undefined>> {
  const answer = answerOf(reply)
  return {
    'ddnn.exit': answer?.result.exit,
    'ddnn.confidence': answer?.result.confidence,
    'ddnn.answered_by': answer?.tier,
    'ddnn.fallback': isFallback(reply),
    'ddnn.hops': hopsOf(reply).length,
    ...(reply.problem === undefined ? {} : { 'error.type': reply.problem.code }),
  }
}
