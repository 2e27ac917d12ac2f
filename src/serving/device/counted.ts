// A process that asks counts its images as a tier counts its requests: each once, by what came of it.
import type { Outcome } from '../../domain/outcome.ts'
import { answerOf, isFallback, type Reply } from '../../domain/reply.ts'
import type { TierMeter } from '../../telemetry/metrics/tier-meter.ts'
import type { AnswerImage } from './device.ts'

/** The same answers, counted; an error is one too. */
export function counted(answer: AnswerImage, meter: TierMeter): AnswerImage {
  return async (image, call) => {
    const startedAt = performance.now()
    let reply: Reply | undefined
    try {
      reply = await answer(image, call)
      return reply
    } finally {
      count(reply, performance.now() - startedAt, meter)
    }
  }
}

/** Counts a sample of a run; one that was never asked has no round trip. */
export function countOutcome({ reply, roundTripMs }: Outcome, meter: TierMeter): void {
  count(reply, roundTripMs, meter)
}

function count(reply: Reply | undefined, totalMs: number | undefined, meter: TierMeter): void {
  const isAnswered = reply !== undefined && answerOf(reply) !== undefined
  const outcome = !isAnswered ? 'error' : isFallback(reply) ? 'fallback' : 'exit'
  meter.ended(outcome)
  if (totalMs !== undefined) meter.spent('total', totalMs)
}
