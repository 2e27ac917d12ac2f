// The reply of a tier, or of the models of this process, as what is told of an image.
import {
  answerOf,
  hopsOf,
  isFallback,
  probabilitiesOfResult,
  type Reply,
} from '../../domain/reply.ts'
import type { Verdict } from './classify.ts'

/** Undefined where no hop has a usable answer. */
export function verdictOfReply(
  reply: Reply,
  labels: readonly string[] | undefined,
): Verdict | undefined {
  const answer = answerOf(reply)
  if (answer === undefined) return undefined
  const { prediction, confidence, criterion, exit } = answer.result
  return {
    class: prediction,
    label: labels?.[prediction],
    probabilities: [...probabilitiesOfResult(answer.result)],
    criterion: confidence === undefined ? undefined : (criterion ?? 'softmax'),
    confidence,
    tier: answer.tier,
    exit,
    fallback: isFallback(reply),
    hops: hopsOf(reply).map(({ tier, result, fallback, computeMs, totalMs }) => ({
      tier,
      exit: result?.exit,
      class: result?.prediction,
      confidence: result?.confidence,
      fallback,
      computeMs,
      totalMs,
    })),
  }
}
