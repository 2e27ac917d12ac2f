// What a reply of ddnn says to the load generator.
import { answerOf, hopsOf, isFallback, type Reply } from '../../../domain/reply.ts'
import { DdnnError, ReplyError } from '../../../errors.ts'
import type { ClientAnswer } from '../driver/client.ts'

/** @throws DDNN_REPLY_FAILED, or what the tiers say, where the reply holds no answer. */
export function toClientAnswer(reply: Reply): ClientAnswer {
  const answer = answerOf(reply)
  if (answer !== undefined) {
    const exit = isFallback(reply) ? `${answer.tier} (fallback)` : answer.tier
    return { exit, prediction: answer.result.prediction }
  }
  const problem = hopsOf(reply).find((hop) => hop.problem !== undefined)?.problem
  if (problem === undefined) throw new ReplyError('DDNN_REPLY_FAILED', `No class values`)
  throw Object.assign(new DdnnError('DDNN_REPLY_FAILED', problem.message), { code: problem.code })
}
